// SPDX-License-Identifier: BSD-2-Clause
// The yardstick of `make bench`: libpcap reads the capture, each packet is only counted.
#include <pcap.h>
#include <stdio.h>

static void count(unsigned char *user, const struct pcap_pkthdr *header, const unsigned char *bytes)
{
    (void)header;
    (void)bytes;
    ++*(unsigned long *)(void *)user;
}

int main(int argc, char **argv)
{
    char message[PCAP_ERRBUF_SIZE];
    unsigned long packets = 0;
    pcap_t *capture = argc == 2 ? pcap_open_offline(argv[1], message) : NULL;
    if (!capture || pcap_loop(capture, -1, count, (unsigned char *)&packets) != 0)
        return 1;
    pcap_close(capture);
    return printf("%lu\n", packets) < 0;
}
