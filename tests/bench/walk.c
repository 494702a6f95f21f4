// SPDX-License-Identifier: BSD-2-Clause
// The floor of `make bench`: a little-endian pcap file is mapped and each packet touched once.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

int main(int argc, char **argv)
{
    struct stat status;
    int file = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    if (file < 0 || fstat(file, &status) != 0)
        return 1;
    size_t size = (size_t)status.st_size, at = 24;
    const uint8_t *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED)
        return 1;
    unsigned long packets = 0, sum = 0;
    while (at + 16 <= size) {
        uint32_t captured;
        memcpy(&captured, bytes + at + 8, sizeof captured);
        sum += bytes[at + 16];
        at += 16 + captured;
        packets++;
    }
    return printf("%lu %lu\n", packets, sum) < 0;
}
