// SPDX-License-Identifier: BSD-2-Clause
// A live capture of one small exchange on the loopback interface. Skipped without the right to
// capture.
#include <CUnit/Basic.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture/decode.h"
#include "capture/source.h"

#define SKIPPED   77
#define PATIENCE  (10 * G_USEC_PER_SEC)
#define SECOND_NS INT64_C(1000000000)

// A listener on a free port of 127.0.0.1.
static int listen_somewhere(struct sockaddr_in *address)
{
    socklen_t length = sizeof *address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *address = (struct sockaddr_in){.sin_family = AF_INET};
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bool is_up = listener >= 0 && bind(listener, (struct sockaddr *)address, length) == 0 &&
                 listen(listener, 1) == 0 &&
                 getsockname(listener, (struct sockaddr *)address, &length) == 0;
    CU_ASSERT_TRUE_FATAL(is_up);
    return listener;
}

// Connects, sends 5 bytes, closes.
static void talk(int listener, const struct sockaddr_in *address)
{
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CU_ASSERT_EQUAL_FATAL(connect(client, (const struct sockaddr *)address, sizeof *address), 0);
    CU_ASSERT_EQUAL(send(client, "hello", 5, 0), 5);
    close(client);
    close(accept(listener, NULL, NULL));
}

struct seen {
    uint32_t frames;            // of both sides
    uint32_t syns, bytes, fins; // of the client
};

static void note(struct seen *seen, struct decoder *decoder, const struct packet *packet,
                 uint16_t port)
{
    struct segment segment;
    int64_t now = g_get_real_time() * 1000;
    CU_ASSERT_EQUAL(packet->frame, ++seen->frames);
    CU_ASSERT_TRUE(packet->time > now - 60 * SECOND_NS && packet->time < now + SECOND_NS);
    CU_ASSERT_EQUAL_FATAL(decode_packet(decoder, packet, &segment), DECODE_TCP);
    CU_ASSERT_TRUE(segment.to.port == port || segment.from.port == port);
    if (segment.to.port != port)
        return;
    seen->syns += (segment.flags & TCP_SYN) != 0;
    seen->fins += (segment.flags & TCP_FIN) != 0;
    seen->bytes += segment.payload_length;
}

static void an_exchange_on_loopback_is_seen_whole(void)
{
    struct sockaddr_in address;
    int listener = listen_somewhere(&address);
    uint16_t port = ntohs(address.sin_port);
    char *filter = g_strdup_printf("tcp port %u", port);
    struct source *source = source_open_live("lo", filter, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(source);
    struct decoder *decoder = decoder_new(&limits_default);
    talk(listener, &address);
    struct packet packets[16];
    struct seen seen = {0};
    for (gint64 end = g_get_monotonic_time() + PATIENCE;
         seen.fins == 0 && g_get_monotonic_time() < end;) {
        size_t count = source_next(source, packets, G_N_ELEMENTS(packets));
        for (size_t i = 0; i < count; i++)
            note(&seen, decoder, &packets[i], port);
    }
    CU_ASSERT_EQUAL(seen.syns, 1);
    CU_ASSERT_EQUAL(seen.bytes, 5);
    CU_ASSERT_TRUE(seen.fins >= 1);
    const struct source_info *info = source_info(source);
    CU_ASSERT_STRING_EQUAL(info->format, "live");
    CU_ASSERT_TRUE(info->has_kernel_drops);
    CU_ASSERT_FALSE(info->truncated);
    CU_ASSERT_FALSE(source_is_over(source));
    decoder_free(decoder);
    source_free(source);
    g_free(filter);
    close(listener);
}

static void a_filter_that_means_nothing_is_an_error(void)
{
    GError *error = NULL;
    CU_ASSERT_PTR_NULL(source_open_live("lo", "tcp prt 80", 0, &error));
    CU_ASSERT_PTR_NOT_NULL_FATAL(error);
    CU_ASSERT_PTR_NOT_NULL(strstr(error->message, "tcp prt 80"));
    g_error_free(error);
}

int main(void)
{
    GError *error = NULL;
    struct source *source = source_open_live("lo", NULL, 0, &error);
    if (!source) {
        printf("skipped: %s\n", error->message);
        g_error_free(error);
        return SKIPPED;
    }
    source_free(source);
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("live", NULL, NULL);
    CU_ADD_TEST(suite, an_exchange_on_loopback_is_seen_whole);
    CU_ADD_TEST(suite, a_filter_that_means_nothing_is_an_error);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int failed = (int)CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed != 0;
}
