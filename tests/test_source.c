// SPDX-License-Identifier: BSD-2-Clause
// Files, pipes and what is damaged about them.
#include <CUnit/Basic.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/moment.h"
#include "capture_builder.h"

#define PCAP 0xa1b2c3d4

static void expect_damage(struct source *source, const char *damage)
{
    const struct source_info *info = source_info(source);
    CU_ASSERT_STRING_EQUAL(info->damage ? info->damage : "", damage);
    CU_ASSERT_EQUAL(info->truncated, *damage != '\0');
}

// Opens, counts to the end, compares count and damage.
static void expect_file(const struct builder *builder, uint64_t packets, const char *damage)
{
    GError *error = NULL;
    struct source *source = builder_open(builder, NULL, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(source);
    CU_ASSERT_EQUAL(source_count(source, 64), packets);
    CU_ASSERT_TRUE(source_is_over(source));
    expect_damage(source, damage);
    source_free(source);
}

static void expect_error(const char *path, enum source_error code, const char *part)
{
    GError *error = NULL;
    struct source *source = source_open(path, &limits_default, &error);
    CU_ASSERT_PTR_NULL_FATAL(source);
    CU_ASSERT_EQUAL(error->code, (int)code);
    CU_ASSERT_PTR_NOT_NULL(strstr(error->message, part));
    g_error_free(error);
}

static void expect_refused(const struct builder *builder, enum source_error code, const char *part)
{
    GError *error = NULL;
    struct source *source = builder_open(builder, NULL, &error);
    CU_ASSERT_PTR_NULL_FATAL(source);
    CU_ASSERT_EQUAL(error->code, (int)code);
    CU_ASSERT_PTR_NOT_NULL(strstr(error->message, part));
    g_error_free(error);
}

static const struct form {
    const char *file, *format, *compression;
    uint32_t customs; // custom blocks behind the first packet: they count as frames
} forms[] = {
    {"three.pcap", "pcap", NULL, 0},
    {"three-big-endian.pcap", "pcap", NULL, 0},
    {"three-nanoseconds.pcap", "pcap-ns", NULL, 0},
    {"three-nanoseconds-big-endian.pcap", "pcap-ns", NULL, 0},
    {"three-modified.pcap", "pcap-modified", NULL, 0},
    {"three-modified-longer.pcap", "pcap-modified", NULL, 0},
    {"three.pcapng", "pcapng", NULL, 1},
    {"three-big-endian.pcapng", "pcapng", NULL, 1},
    {"three-sections.pcapng", "pcapng", NULL, 0},
    {"three-after-text.pcap", "pcap", NULL, 0},
    {"three.pcap.gz", "pcap", "gzip", 0},
    {"three.pcap.xz", "pcap", "xz", 0},
    {"three.pcap.bz2", "pcap", "bzip2", 0},
    {"three.pcap.zst", "pcap", "zstd", 0},
    {"three.pcap.lz4", "pcap", "lz4", 0},
    {"three.tar", "pcap", NULL, 0},
    {"three.tar.gz", "pcap", "gzip", 0},
};

static void expect_three(struct source *source, const struct form *form)
{
    static const int64_t times[] = {INT64_C(1700000000000001000), INT64_C(1700000000250000000),
                                    INT64_C(1700000001999999000)};
    static const char *const ends[] = {"packet 1.", "packet 2..", "packet 3..."};
    struct packet packet;
    for (uint32_t i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL_FATAL(source_next(source, &packet, 1), 1);
        CU_ASSERT_TRUE(source_use(source, &packet, 1));
        CU_ASSERT_EQUAL(packet.frame, i + 1 + (i > 0 ? form->customs : 0));
        CU_ASSERT_EQUAL(packet.time, times[i]);
        CU_ASSERT_EQUAL(packet.link_type, 1);
        size_t length = strlen(ends[i]);
        CU_ASSERT_EQUAL_FATAL(packet.bytes.length, 54 + length);
        CU_ASSERT_EQUAL(packet.wire_length, 54 + length);
        CU_ASSERT_EQUAL(memcmp(packet.bytes.at + 54, ends[i], length), 0);
    }
    CU_ASSERT_EQUAL(source_next(source, &packet, 1), 0);
    expect_damage(source, "");
    const struct source_info *info = source_info(source);
    CU_ASSERT_EQUAL(info->packets, 3);
    CU_ASSERT_EQUAL(info->first, times[0]);
    CU_ASSERT_EQUAL(info->last, times[2]);
    CU_ASSERT_EQUAL(info->link_type_count, 1);
    CU_ASSERT_EQUAL(info->bytes_read, info->bytes_total);
    CU_ASSERT_STRING_EQUAL(info->format, form->format);
    CU_ASSERT_EQUAL(g_strcmp0(info->compression, form->compression), 0);
}

static void every_form_of_a_capture_gives_the_same_packets(void)
{
    const char *top = getenv("top_srcdir");
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        char *path = g_build_filename(top ? top : ".", "tests/data/capture", forms[i].file, NULL);
        GError *error = NULL;
        struct source *source = source_open(path, &limits_default, &error);
        g_free(path);
        if (error && strstr(error->message, "no libarchive")) { // an optional library
            g_clear_error(&error);
            continue;
        }
        CU_ASSERT_PTR_NOT_NULL_FATAL(source);
        expect_three(source, &forms[i]);
        source_free(source);
    }
}

static struct builder three_packets(void)
{
    struct builder builder = builder_new(false);
    build_pcap_header(&builder, PCAP, 1);
    build_pcap_record(&builder, 1000000, 60, 60);
    build_pcap_record(&builder, 2000000, 0, 60);
    build_pcap_record(&builder, 3000000, 61, 1500);
    return builder;
}

static void a_cut_file_yields_the_packets_before_the_cut(void)
{
    struct builder builder = three_packets();
    guint length = builder.bytes->len;
    expect_file(&builder, 3, "");
    g_byte_array_set_size(builder.bytes, length - 12);
    expect_file(&builder, 2, "cut short in packet 3 (12 bytes missing); 2 packets used");
    g_byte_array_set_size(builder.bytes, length - 61);
    expect_file(&builder, 2, "cut short in packet 3 (61 bytes missing); 2 packets used");
    g_byte_array_set_size(builder.bytes, length - 61 - 5);
    expect_file(&builder, 2,
                "cut short in the header of packet 3 (5 bytes missing); 2 packets used");
    g_byte_array_set_size(builder.bytes, length - 61 - 16);
    expect_file(&builder, 2, "");
    g_byte_array_set_size(builder.bytes, 24);
    expect_file(&builder, 0, "");
    g_byte_array_set_size(builder.bytes, 23);
    expect_refused(&builder, SOURCE_ERROR_FORMAT, "23 of 24 bytes");
    builder_free(&builder);
}

static void an_impossible_length_ends_the_capture_and_allocates_nothing(void)
{
    struct builder builder = three_packets();
    build32(&builder, 4);
    build32(&builder, 0);
    build32(&builder, UINT32_MAX);
    build32(&builder, UINT32_MAX);
    expect_file(&builder, 3, "corrupt in packet 4 (captured length 4294967295); 3 packets used");
    builder_free(&builder);
}

static void a_pipe_yields_each_packet_as_soon_as_it_is_there(void)
{
    struct builder builder = three_packets();
    const guint8 *at = builder.bytes->data;
    static const size_t steps[] = {24, 76, 16, 77}; // header, then whole records
    int ends[2];
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    CU_ASSERT_EQUAL(write(ends[1], at, steps[0]), (ssize_t)steps[0]);
    struct source *source = builder_open_fd(ends[0], NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(source);
    alarm(20); // waiting for more than what is there would be for ever
    for (size_t i = 1; i < G_N_ELEMENTS(steps); i++) {
        struct packet packets[64];
        at += steps[i - 1];
        CU_ASSERT_EQUAL(write(ends[1], at, steps[i]), (ssize_t)steps[i]);
        CU_ASSERT_EQUAL(source_next(source, packets, 64), 1);
        CU_ASSERT_EQUAL(packets[0].frame, i);
    }
    close(ends[1]);
    CU_ASSERT_EQUAL(source_count(source, 64), 0);
    alarm(0);
    CU_ASSERT_TRUE(source_is_over(source));
    source_free(source);
    close(ends[0]);
    builder_free(&builder);
}

static void text_before_the_magic_is_skipped_and_told(void)
{
    struct builder builder = builder_new(false), capture = three_packets();
    for (int i = 0; i < 1000; i++)
        build_text(&builder, "tcpdump: listening on eth0, \xc3\xa4\t\x1b[1m\r\n");
    guint noise = builder.bytes->len;
    build_bytes(&builder, capture.bytes->data, capture.bytes->len);
    struct source *source = builder_open(&builder, NULL, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(source);
    CU_ASSERT_EQUAL(source_count(source, 64), 3);
    CU_ASSERT_EQUAL(source_info(source)->noise_bytes, noise);
    source_free(source);
    g_byte_array_set_size(builder.bytes, noise);
    expect_refused(&builder, SOURCE_ERROR_FORMAT, "text: \"tcpdump: listening on eth0, ..");
    while (builder.bytes->len < 70000) // beyond the scan
        build_text(&builder, "x");
    build_bytes(&builder, capture.bytes->data, capture.bytes->len);
    expect_refused(&builder, SOURCE_ERROR_FORMAT, "no capture but text");
    builder_free(&builder);
    builder_free(&capture);
}

static struct builder through_a_terminal(const struct builder *from)
{
    struct builder to = builder_new(false);
    for (guint i = 0; i < from->bytes->len; i++)
        build_bytes(&to, from->bytes->data[i] == '\n' ? "\r\n" : (char *)&from->bytes->data[i],
                    from->bytes->data[i] == '\n' ? 2 : 1);
    return to;
}

static void expect_mangled(const struct builder *builder, const char *damage)
{
    struct builder mangled = through_a_terminal(builder);
    struct source *source = builder_open(&mangled, NULL, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(source);
    source_count(source, 64);
    const char *told = source_info(source)->damage;
    CU_ASSERT_TRUE(g_str_has_prefix(told, damage) && strstr(told, "; mangled by a terminal"));
    source_free(source);
    builder_free(&mangled);
}

static void a_stream_mangled_by_a_terminal_is_named_so(void)
{
    struct builder builder = builder_new(false);
    build_pcap_header(&builder, PCAP, 1);
    for (int i = 0; i < 40; i++)
        build_pcap_record(&builder, 0x0a0a0a, 60, 60);
    expect_mangled(&builder, "corrupt in packet");
    g_byte_array_set_size(builder.bytes, 24);
    build_pcap_record(&builder, INT64_C(10000000), 60, 60); // a length of 60 reads as 60 * 256
    build_text(&builder, "GET / HTTP/1.1\r\n\r\n");
    expect_mangled(&builder, "cut short in packet 1");
    g_byte_array_set_size(builder.bytes, 0);
    build_section(&builder);
    struct builder mangled = through_a_terminal(&builder);
    expect_refused(&mangled, SOURCE_ERROR_FORMAT, "mangled by a terminal");
    builder_free(&mangled);
    builder_free(&builder);
}

// Lines of HTTP end in CR LF as they are.
static void text_in_a_cut_capture_is_not_taken_for_mangled(void)
{
    struct builder builder = builder_new(false);
    build_pcap_header(&builder, PCAP, 1);
    build_pcap_record(&builder, INT64_C(11000000), 60, 60);
    build_bytes(&builder, (const uint32_t[]){11, 0, 100, 100}, 16);
    build_text(&builder, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    struct source *source = builder_open(&builder, NULL, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(source);
    CU_ASSERT_EQUAL(source_count(source, 64), 1);
    CU_ASSERT_PTR_NULL(strstr(source_info(source)->damage, "mangled"));
    source_free(source);
    builder_free(&builder);
}

static void what_is_no_capture_is_refused_with_a_reason(void)
{
    struct builder builder = builder_new(false);
    expect_refused(&builder, SOURCE_ERROR_EMPTY, "is empty");
    build_bytes(&builder, "\177ELF\0\0", 6);
    expect_refused(&builder, SOURCE_ERROR_FORMAT, "7f 45 4c 46");
    g_byte_array_set_size(builder.bytes, 0);
    build_bytes(&builder, "\xff\xfe\xd4\0\xc3\0\xb2\0\xa1\0\2\0\0\0", 14);
    expect_refused(&builder, SOURCE_ERROR_FORMAT, "UTF-16");
    g_byte_array_set_size(builder.bytes, 0);
    build_bytes(&builder, "\x1f\x8b nothing that gzip wrote", 27);
    expect_refused(&builder, SOURCE_ERROR_FORMAT, "");
    builder_free(&builder);
    expect_error("/nonexistent/capture", SOURCE_ERROR_OPEN, "check the path");
    expect_error("/", SOURCE_ERROR_OPEN, "is a directory");
}

static struct source *open_large(int *fd)
{
    struct builder builder = builder_new(false);
    build_pcap_header(&builder, PCAP, 1);
    for (int i = 0; i < 3000; i++)
        build_pcap_record(&builder, i, 984, 984);
    struct source *source = builder_open(&builder, fd, NULL);
    builder_free(&builder);
    return source;
}

static void a_file_that_shrinks_while_it_is_read_is_told_about(void)
{
    int fd;
    struct source *source = open_large(&fd);
    struct packet packets[64];
    size_t first = source_next(source, packets, 64);
    CU_ASSERT_TRUE(first > 0);
    CU_ASSERT_EQUAL(ftruncate(fd, 24 + 1000 * 1000 + 500), 0);
    CU_ASSERT_EQUAL(source_count(source, 64), 1000 - first);
    expect_damage(source, "cut short in packet 1001 (500 bytes missing); 1000 packets used; "
                          "it was cut while it was read");
    source_free(source);
    close(fd);
}

static void a_file_that_grows_while_it_is_read_is_told_about(void)
{
    int fd;
    struct source *source = open_large(&fd);
    struct packet packets[64];
    size_t first = source_next(source, packets, 64);
    CU_ASSERT_EQUAL(write(fd, "next", 4), 4);
    CU_ASSERT_EQUAL(source_count(source, 64), 3000 - first);
    expect_damage(source, "cut short in the header of packet 3001 (12 bytes missing); 3000 packets "
                          "used; it grew while it was read (still being written?)");
    source_free(source);
    close(fd);
}

static void a_clock_that_goes_back_by_more_than_a_millisecond_is_noted(void)
{
    static const int64_t backs[] = {900, 1000, 1001};
    for (size_t i = 0; i < G_N_ELEMENTS(backs); i++) {
        struct builder builder = builder_new(false);
        build_pcap_header(&builder, PCAP, 1);
        build_pcap_record(&builder, 5000000, 60, 60);
        build_pcap_record(&builder, 5000000 - backs[i], 60, 60);
        struct source *source = builder_open(&builder, NULL, NULL);
        CU_ASSERT_EQUAL(source_count(source, 64), 2);
        CU_ASSERT_EQUAL(source_info(source)->clock_backwards, backs[i] > 1000);
        CU_ASSERT_EQUAL(source_info(source)->first, (5000000 - backs[i]) * 1000);
        CU_ASSERT_EQUAL(source_info(source)->last, INT64_C(5000000000));
        source_free(source);
        builder_free(&builder);
    }
}

static void a_filter_takes_packets_by_their_link_type(void)
{
    static const uint8_t ip[] = {0x45, 0, 0,  40, 0,    0, 0,    0,    64, 6,  0, 0, 10, 0,
                                 0,    1, 10, 0,  0,    2, 0x9c, 0x40, 0,  80, 0, 0, 0,  0,
                                 0,    0, 0,  0,  0x50, 0, 0,    0,    0,  0,  0, 0};
    struct packet packet = {.bytes = {ip, sizeof ip}, .wire_length = 40, .link_type = 101};
    GError *error = NULL;
    struct packet_filter *filter = packet_filter_new("tcp port 80", &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(filter);
    CU_ASSERT_TRUE(packet_filter_takes(filter, &packet));
    packet.link_type = 1; // the same bytes are no Ethernet frame with IP
    CU_ASSERT_FALSE(packet_filter_takes(filter, &packet));
    packet.link_type = 65000;
    CU_ASSERT_FALSE(packet_filter_takes(filter, &packet));
    packet_filter_free(filter);
    CU_ASSERT_PTR_NULL(packet_filter_new("tcp prt 80", &error));
    CU_ASSERT_PTR_NOT_NULL_FATAL(error);
    CU_ASSERT_PTR_NOT_NULL(strstr(error->message, "tcp prt 80"));
    g_error_free(error);
}

static void an_interface_that_cannot_be_opened_is_an_error_of_its_own(void)
{
    GError *error = NULL;
    CU_ASSERT_PTR_NULL(source_open_live("nosuchinterface0", NULL, 0, &error));
    CU_ASSERT_PTR_NOT_NULL_FATAL(error);
    CU_ASSERT_EQUAL(error->code, SOURCE_ERROR_LIVE);
    g_error_free(error);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("sources", NULL, NULL);
    CU_ADD_TEST(suite, every_form_of_a_capture_gives_the_same_packets);
    CU_ADD_TEST(suite, a_cut_file_yields_the_packets_before_the_cut);
    CU_ADD_TEST(suite, an_impossible_length_ends_the_capture_and_allocates_nothing);
    CU_ADD_TEST(suite, a_pipe_yields_each_packet_as_soon_as_it_is_there);
    CU_ADD_TEST(suite, text_before_the_magic_is_skipped_and_told);
    CU_ADD_TEST(suite, a_stream_mangled_by_a_terminal_is_named_so);
    CU_ADD_TEST(suite, text_in_a_cut_capture_is_not_taken_for_mangled);
    CU_ADD_TEST(suite, what_is_no_capture_is_refused_with_a_reason);
    CU_ADD_TEST(suite, a_file_that_shrinks_while_it_is_read_is_told_about);
    CU_ADD_TEST(suite, a_file_that_grows_while_it_is_read_is_told_about);
    CU_ADD_TEST(suite, a_clock_that_goes_back_by_more_than_a_millisecond_is_noted);
    CU_ADD_TEST(suite, a_filter_takes_packets_by_their_link_type);
    CU_ADD_TEST(suite, an_interface_that_cannot_be_opened_is_an_error_of_its_own);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int failed = (int)CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed != 0;
}
