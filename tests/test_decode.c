// SPDX-License-Identifier: BSD-2-Clause
// Decoding: the same segment behind every link type and tunnel, whole and cut anywhere.
#include <CUnit/Basic.h>
#include <glib.h>

#include "frames.h"

#define ETHERNET "020202020202030303030303"

static const struct case_row {
    uint16_t link_type;
    const char *layers;
} cases[] = {
    {1, ETHERNET "0800 ip4/6 tcp"},
    {1, ETHERNET "86dd ip6/6 tcp"},
    {1, ETHERNET "8100 00640800 ip4/6 tcp"},                           // 802.1Q
    {1, ETHERNET "88a8 00c88100 00640800 ip4/6 tcp"},                  // 802.1ad
    {1, ETHERNET "9100 00c88100 006486dd ip6/6 tcp"},                  // QinQ as it was
    {1, ETHERNET "0035 aaaa030000000800 ip4/6 tcp"},                   // 802.3, SNAP
    {1, ETHERNET "8864 11000001002f 0021 ip4/6 tcp"},                  // PPPoE
    {1, ETHERNET "8864 11000001002f 21 ip4/6 tcp"},                    // its protocol in one byte
    {1, ETHERNET "8847 0001003f 0001013f ip4/6 tcp"},                  // two MPLS labels
    {1, ETHERNET "8847 0001013f 00000000 " ETHERNET "0800 ip4/6 tcp"}, // Ethernet pseudowire
    {1, ETHERNET "0800 ip4/4 ip4/6 tcp"},
    {1, ETHERNET "0800 ip4/41 ip6/6 tcp"},
    {1, ETHERNET "86dd ip6/4 ip4/6 tcp"},
    {1, ETHERNET "86dd ip6/41 ip6/6 tcp"},
    {1, ETHERNET "0800 ip4/47 00000800 ip4/6 tcp"},
    {1, ETHERNET "0800 ip4/47 b0000800 00000000 00000001 00000002 ip4/6 tcp"},
    {1, ETHERNET "0800 ip4/47 00006558 " ETHERNET "0800 ip4/6 tcp"},
    {1, ETHERNET "0800 ip4/47 3001880b 002d0001 00000001 0021 ip4/6 tcp"}, // PPTP
    {1, ETHERNET "0800 ip4/47 100088be 00000001 1000000000000000 " ETHERNET "0800 ip4/6 tcp"},
    {1, ETHERNET "0800 ip4/47 000088be " ETHERNET "0800 ip4/6 tcp"},                  // ERSPAN I
    {1, ETHERNET "0800 ip4/47 0000883e ip4/6 tcp"},                                   // WCCP
    {1, ETHERNET "0800 ip4/47 0000883e 05590048 ip4/6 tcp"},                          // WCCP 2
    {1, ETHERNET "0800 ip4/17 udp/4789 0800000000002a00 " ETHERNET "0800 ip4/6 tcp"}, // VXLAN
    {1, ETHERNET "0800 ip4/17 udp/8472 0800000000002a00 " ETHERNET "86dd ip6/6 tcp"},
    {1, ETHERNET "0800 ip4/17 udp/4790 0c00000100002a00 ip4/6 tcp"}, // VXLAN-GPE
    {1, ETHERNET "0800 ip4/17 udp/6081 0100655800002a00 01020304 " ETHERNET "0800 ip4/6 tcp"},
    {1, ETHERNET "0800 ip4/51 060400000000000100000001000000000000000000000000 tcp"}, // AH
    {1,
     ETHERNET "86dd ip6/51 3c0400000000000100000001000000000000000000000000 0600010400000000 tcp"},
    {1, ETHERNET "86dd ip6/139 0600000000000000 tcp"},                // HIP
    {1, ETHERNET "86dd ip6/0 3c00000000000000 0600010400000000 tcp"}, // hop-by-hop, destination
    {1, ETHERNET "86dd ip6/43 0602030000000000 " ETHERNET "01020304 tcp"},
    {1, ETHERNET "86dd ip6/44 0600000000000007 tcp"}, // an atomic fragment
    {12, "ip4/6 tcp"},
    {14, "ip6/6 tcp"},
    {101, "ip4/6 tcp"},
    {101, "ip6/6 tcp"},
    {228, "ip4/6 tcp"},
    {229, "ip6/6 tcp"},
    {113, "0000000100060202020202020000 0800 ip4/6 tcp"},
    {113, "0000000100060202020202020000 8100 006486dd ip6/6 tcp"},
    {276, "0800 000000000002000100060202020202020000 ip4/6 tcp"},
    {0, "02000000 ip4/6 tcp"},
    {0, "00000002 ip4/6 tcp"},
    {0, "1e000000 ip6/6 tcp"},
    {0, "0000001c ip6/6 tcp"},
    {108, "00000018 ip6/6 tcp"},
    {9, "ff030021 ip4/6 tcp"},
    {9, "0057 ip6/6 tcp"},
    {50, "ff030021 ip4/6 tcp"},
    {50, "0f000800 ip4/6 tcp"},
    {51, "11000001002f 0021 ip4/6 tcp"},
    {104, "0f0086dd ip6/6 tcp"},
    {204, "01ff030021 ip4/6 tcp"},
    {105, "08010000 " ETHERNET "0404040404040000 aaaa030000000800 ip4/6 tcp"},
    {105, "88020000 " ETHERNET "0404040404040000 0000 aaaa030000000800 ip4/6 tcp"}, // QoS
    {105, "88030000 " ETHERNET "0404040404040000 050505050505 0000 aaaa030000000800 ip4/6 tcp"},
    {127, "0000080000000000 08010000 " ETHERNET "0404040404040000 aaaa030000000800 ip4/6 tcp"},
    {127, "0000120003000000 0000000000000000 2000 88020000 " ETHERNET
          "0404040404040000 0000 0000 aaaa030000000800 ip4/6 tcp"}, // padded to four bytes
    {192, "0000080069000000 08010000 " ETHERNET "0404040404040000 aaaa030000000800 ip4/6 tcp"},
    {163, "8021100100000008 08010000 " ETHERNET "0404040404040000 aaaa030000000800 ip4/6 tcp"},
    {109, "020000000000000100000000 ip4/6 tcp"},
    {239, "02000000 0800010008000000 31000900 ip4/6 tcp"}, // nflog: header, then packet
    {239, "0a000000 0008000108000000 00450009 ip6/6 tcp"}, // in the other byte order
    {258, "0c0000000100000001000000 " ETHERNET "0800 ip4/6 tcp"},
    {129, "0102030dd4000001 ip4/6 tcp"},
    {129, "0102030df0 ip4/6 tcp"},
    {242, "0000000000000000 0000000000000000 0000000000000000 0000000000000000 0000000000000000 "
          "08000000 ip4/6 tcp"}, // IP over InfiniBand
};

static struct decoder *new_decoder(void)
{
    return decoder_new(&limits_default);
}

static void expect_hello(const struct segment *segment)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    bool is_ipv4 = memcmp(segment->from.address.bytes, mapped, 12) == 0;
    CU_ASSERT_EQUAL(segment->from.address.bytes[15], 1);
    CU_ASSERT_EQUAL(segment->to.address.bytes[15], 2);
    CU_ASSERT_EQUAL(segment->from.address.bytes[0], is_ipv4 ? 0 : 0xfd);
    CU_ASSERT_EQUAL(segment->from.port, 40000);
    CU_ASSERT_EQUAL(segment->to.port, 80);
    CU_ASSERT_EQUAL(segment->seq, 0x01020304);
    CU_ASSERT_EQUAL(segment->ack, 0x05060708);
    CU_ASSERT_EQUAL(segment->window, 4096);
    CU_ASSERT_EQUAL(segment->flags, TCP_PSH | TCP_ACK);
    CU_ASSERT_EQUAL(segment->ttl, is_ipv4 ? 64 : 63);
    CU_ASSERT_EQUAL(segment->ip_id, is_ipv4 ? 0xabcd : 0);
    CU_ASSERT_EQUAL(segment->window_shift, WINDOW_SHIFT_NONE);
    CU_ASSERT_FALSE(segment->has_timestamp);
    CU_ASSERT_FALSE(segment->has_sack);
    CU_ASSERT_EQUAL(segment->payload_length, 5);
    CU_ASSERT_EQUAL_FATAL(segment->payload.length, 5);
    CU_ASSERT_EQUAL(memcmp(segment->payload.at, "hello", 5), 0);
}

static void every_link_type_and_tunnel_carries_the_same_segment(void)
{
    struct decoder *decoder = new_decoder();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct frame frame = frame_of(cases[i].layers);
        struct segment segment;
        enum decode_result result =
            frame_decode(decoder, cases[i].link_type, &frame, frame.length, &segment);
        CU_ASSERT_EQUAL(result, DECODE_TCP);
        if (result == DECODE_TCP)
            expect_hello(&segment);
        else
            g_printerr("%u %s: %s\n", cases[i].link_type, cases[i].layers, decode_name(result));
        CU_ASSERT_TRUE(decode_knows_link(cases[i].link_type));
    }
    decoder_free(decoder);
}

static void a_snapshot_length_cuts_payload_and_options_but_not_meaning(void)
{
    struct decoder *decoder = new_decoder();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct frame frame = frame_of(cases[i].layers);
        for (size_t captured = 0; captured < frame.length; captured++) {
            struct segment segment;
            enum decode_result result =
                frame_decode(decoder, cases[i].link_type, &frame, captured, &segment);
            size_t missing = frame.length - captured;
            CU_ASSERT_EQUAL(result, missing <= 5 ? DECODE_TCP : DECODE_CUT);
            if (result != (missing <= 5 ? DECODE_TCP : DECODE_CUT))
                g_printerr("%s cut to %zu: %s\n", cases[i].layers, captured, decode_name(result));
            if (result != DECODE_TCP)
                continue;
            CU_ASSERT_EQUAL(segment.payload_length, 5);
            CU_ASSERT_EQUAL(segment.payload.length, 5 - missing);
            CU_ASSERT_EQUAL(memcmp(segment.payload.at, "hello", 5 - missing), 0);
        }
    }
    decoder_free(decoder);
}

// A frame of this length on the wire, whatever the headers say: no crash, and never more payload
// than there is.
static void a_frame_that_ends_too_early_is_never_a_longer_segment(void)
{
    struct decoder *decoder = new_decoder();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct frame frame = frame_of(cases[i].layers);
        for (; frame.length > 0; frame.length--) {
            struct segment segment;
            enum decode_result result =
                frame_decode(decoder, cases[i].link_type, &frame, frame.length, &segment);
            CU_ASSERT_TRUE(result < DECODE_RESULTS);
            if (result == DECODE_TCP)
                CU_ASSERT_TRUE(segment.payload_length <= 5 && segment.payload.length <= 5);
        }
    }
    decoder_free(decoder);
}

static enum decode_result decode_one(uint16_t link_type, const char *layers,
                                     struct segment *segment)
{
    struct decoder *decoder = new_decoder();
    struct frame frame = frame_of(layers);
    enum decode_result result = frame_decode(decoder, link_type, &frame, frame.length, segment);
    decoder_free(decoder);
    return result;
}

static void what_is_no_tcp_segment_is_named(void)
{
    static const struct named {
        uint16_t link_type;
        const char *layers;
        enum decode_result result;
    } named[] = {
        {147, "00", DECODE_UNKNOWN_LINK},
        {65535, "ip4/6 tcp", DECODE_UNKNOWN_LINK},
        {1, ETHERNET "0806 0001080006040001", DECODE_NOT_IP},
        {1, ETHERNET "0026 424203000000000000", DECODE_NOT_IP}, // spanning tree
        {1, ETHERNET "0800 ip4/17 udp/53 0000", DECODE_NOT_TCP},
        {1, ETHERNET "0800 ip4/17 udp/4789 0000000000000000 " ETHERNET "0800 ip4/6 tcp",
         DECODE_NOT_TCP}, // a port alone doesn't make VXLAN
        {1, ETHERNET "0800 ip4/1 0301000000000000 ip4/6 tcp", DECODE_ICMP_QUOTE},
        {1, ETHERNET "0800 ip4/1 0800000000000000", DECODE_NOT_TCP},
        {1, ETHERNET "86dd ip6/58 0104000000000000 ip6/6 tcp", DECODE_ICMP_QUOTE},
        {1, ETHERNET "86dd ip6/58 8000000000000000", DECODE_NOT_TCP},
        {1, ETHERNET "0800 00", DECODE_BAD_IP},
        {1, ETHERNET "0800 ip6/6 tcp", DECODE_BAD_IP},
        {1, ETHERNET "86dd ip4/6 tcp", DECODE_BAD_IP},
        {1, ETHERNET "0800 ip4/6 0000", DECODE_BAD_TCP},
        {1, ETHERNET, DECODE_BAD_LINK},
        {1, "0202", DECODE_BAD_LINK},
        {105, "08410000 " ETHERNET "0404040404040000 aaaa030000000800 ip4/6 tcp", DECODE_ENCRYPTED},
        {105, "08050000 " ETHERNET "0404040404040000 aaaa030000000800 ip4/6 tcp", DECODE_FRAGMENT},
        {105, "08010000 " ETHERNET "0404040404040100 aaaa030000000800 ip4/6 tcp", DECODE_FRAGMENT},
        {105, "88010000 " ETHERNET "0404040404040000 8000 00", DECODE_BAD_LINK}, // A-MSDU
        {105, "88010000 " ETHERNET "0404040404040000 8000 " ETHERNET "0100 00", DECODE_BAD_LINK},
        {1, ETHERNET "0800 ip4/50 0000000100000001 0000", DECODE_ENCRYPTED},
        {1, ETHERNET "86dd ip6/108 06000001 0000", DECODE_COMPRESSED},
        {105, "48010000 " ETHERNET "0404040404040000", DECODE_NOT_IP},        // null data
        {105, "80000000 " ETHERNET "0404040404040000 000000", DECODE_NOT_IP}, // beacon
        {0, "07000000 ip4/6 tcp", DECODE_NOT_IP},
        {113, "0004033800060202020202020000 0800 ip4/6 tcp", DECODE_NOT_IP}, // netlink
        {239, "02010000 31000900 ip4/6 tcp", DECODE_BAD_LINK},
        {239, "02000000 31000900", DECODE_BAD_LINK},
        {51, "110900010000 0000", DECODE_NOT_IP}, // PPPoE discovery
    };
    for (size_t i = 0; i < G_N_ELEMENTS(named); i++) {
        struct segment segment;
        enum decode_result result = decode_one(named[i].link_type, named[i].layers, &segment);
        CU_ASSERT_EQUAL(result, named[i].result);
        if (result != named[i].result)
            g_printerr("%s: %s\n", named[i].layers, decode_name(result));
    }
}

static void an_aggregate_holds_several_packets(void)
{
    // QoS data with A-MSDU: ARP, TCP, padding, TCP.
    struct frame frame =
        frame_of("88010000 " ETHERNET "0404040404040000 8000 " ETHERNET
                 "000a aaaa030000000806 0001 " ETHERNET "0035 aaaa030000000800 ip4/6 tcp");
    struct frame last = frame_of(ETHERNET "0035 aaaa030000000800 ip4/6 tcp");
    GString *hex = g_string_new("00");
    for (size_t i = 0; i < last.length; i++)
        g_string_append_printf(hex, "%02x", last.bytes[i]);
    frame_append(&frame, hex->str);
    g_string_free(hex, TRUE);
    struct decoder *decoder = new_decoder();
    struct packet packet = {.bytes = {frame.bytes, frame.length},
                            .wire_length = (uint32_t)frame.length,
                            .frame = 7,
                            .link_type = 105};
    struct segment segment;
    enum decode_result result = decode_packet(decoder, &packet, &segment);
    CU_ASSERT_EQUAL(result, DECODE_NOT_IP);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_TRUE_FATAL(decode_more(decoder, &packet, &segment, &result));
        CU_ASSERT_EQUAL_FATAL(result, DECODE_TCP);
        CU_ASSERT_EQUAL(segment.frame, 7);
        expect_hello(&segment);
    }
    CU_ASSERT_FALSE(decode_more(decoder, &packet, &segment, &result));
    packet.bytes.length -= last.length + 20; // cut inside the second
    CU_ASSERT_EQUAL(decode_packet(decoder, &packet, &segment), DECODE_NOT_IP);
    CU_ASSERT_TRUE(decode_more(decoder, &packet, &segment, &result));
    CU_ASSERT_EQUAL(result, DECODE_CUT);
    CU_ASSERT_FALSE(decode_more(decoder, &packet, &segment, &result));
    decoder_free(decoder);
}

static void headers_inside_each_other_end_at_a_cap(void)
{
    GString *layers = g_string_new(ETHERNET "0800");
    struct segment segment;
    for (int i = 0; i < 10; i++)
        g_string_append(layers, " ip4/4");
    char *text = g_strconcat(layers->str, " ip4/6 tcp", NULL);
    CU_ASSERT_EQUAL(decode_one(1, text, &segment), DECODE_TCP);
    g_free(text);
    for (int i = 0; i < 20; i++)
        g_string_append(layers, " ip4/4");
    text = g_strconcat(layers->str, " ip4/6 tcp", NULL);
    CU_ASSERT_EQUAL(decode_one(1, text, &segment), DECODE_NESTED);
    g_free(text);
    g_string_free(layers, TRUE);
}

static void every_result_has_its_own_key(void)
{
    for (int i = 0; i < DECODE_RESULTS; i++) {
        CU_ASSERT_PTR_NOT_NULL_FATAL(decode_name((enum decode_result)i));
        for (int other = 0; other < i; other++)
            CU_ASSERT_STRING_NOT_EQUAL(decode_name((enum decode_result)i),
                                       decode_name((enum decode_result)other));
    }
    CU_ASSERT_STRING_EQUAL(decode_name(DECODE_TCP), "tcp");
    CU_ASSERT_FALSE(decode_knows_link(147));
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("decoding", NULL, NULL);
    CU_ADD_TEST(suite, every_link_type_and_tunnel_carries_the_same_segment);
    CU_ADD_TEST(suite, a_snapshot_length_cuts_payload_and_options_but_not_meaning);
    CU_ADD_TEST(suite, a_frame_that_ends_too_early_is_never_a_longer_segment);
    CU_ADD_TEST(suite, what_is_no_tcp_segment_is_named);
    CU_ADD_TEST(suite, an_aggregate_holds_several_packets);
    CU_ADD_TEST(suite, headers_inside_each_other_end_at_a_cap);
    CU_ADD_TEST(suite, every_result_has_its_own_key);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int failed = (int)CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed != 0;
}
