// SPDX-License-Identifier: BSD-2-Clause
// What captures say beside their packets: comments of packets and names of addresses.
#include <CUnit/Basic.h>

#include "capture/decode.h"
#include "capture/notes.h"
#include "capture_builder.h"
#include "engine/engine.h"
#include "frames.h"

enum { OPT_COMMENT = 1, EPB_FLAGS = 2, INBOUND = 1, OUTBOUND = 2 };

static const char process[] = "PID: 4711\nCmd: /usr/bin/curl\nArgs: curl http://x/?a=b: c";

static struct note_texts texts_of(const char *comment)
{
    struct note_texts texts = {{{NULL, 0}}};
    notes_read(slice_of(comment, strlen(comment)), &texts);
    return texts;
}

static uint32_t keep(struct notes *notes, const char *comment)
{
    struct note_texts texts = texts_of(comment);
    return notes_keep(notes, &texts);
}

static void expect_field(const struct notes *notes, uint32_t id, enum note_field field,
                         const char *text)
{
    uint32_t value = notes_get(notes, id).field[field];
    struct slice got = names_text(notes_names(notes), value);
    CU_ASSERT_EQUAL_FATAL(got.length, strlen(text));
    CU_ASSERT_EQUAL(memcmp(got.at ? got.at : (const uint8_t *)"", text, got.length), 0);
}

static void lines_of_comments_become_one_process(void)
{
    struct notes *notes = notes_new(&limits_default, true);
    struct note_texts texts = texts_of(process);
    const char *more =
        "  ContainerName:\tweb \r\nThreadId: 9\nPodName: pay-1\nPodName: late\nnothing\n:";
    notes_read(slice_of(more, strlen(more)), &texts);
    uint32_t id = notes_keep(notes, &texts);
    CU_ASSERT_NOT_EQUAL(id, 0);
    CU_ASSERT_EQUAL(notes_keep(notes, &texts), id);
    CU_ASSERT_EQUAL(notes_get(notes, id).field[NOTE_PID], 4711 + 1);
    expect_field(notes, id, NOTE_COMMAND, "/usr/bin/curl");
    expect_field(notes, id, NOTE_ARGUMENTS, "curl http://x/?a=b: c");
    expect_field(notes, id, NOTE_CONTAINER, "web");
    expect_field(notes, id, NOTE_POD, "pay-1");
    expect_field(notes, id, NOTE_NAMESPACE, "");
    id = keep(notes, "PID: 4294967294"); // the largest
    CU_ASSERT_EQUAL(notes_get(notes, id).field[NOTE_PID], UINT32_MAX);
    CU_ASSERT_NOT_EQUAL(keep(notes, "PID: 4712\nCmd: /usr/bin/curl"), id);
    CU_ASSERT_EQUAL(notes_count(notes), 3);
    notes_free(notes);
}

static void comments_of_others_tell_no_process(void)
{
    static const char *const comments[] = {"",
                                           "\n\n",
                                           "look here: the retransmission",
                                           "PID:",
                                           "PID",
                                           "PID: x",
                                           "PID: -1",
                                           "PID: 4294967295",
                                           "PID: 99999999999999999999",
                                           "pid: 1",
                                           "Cmd",
                                           "ThreadId: 5"};
    struct notes *notes = notes_new(&limits_default, true);
    for (size_t i = 0; i < G_N_ELEMENTS(comments); i++)
        CU_ASSERT_EQUAL(keep(notes, comments[i]), 0);
    CU_ASSERT_EQUAL(notes_count(notes), 0);
    notes_free(notes);
}

static void arguments_are_kept_only_when_asked_for(void)
{
    struct notes *notes = notes_new(&limits_default, false);
    uint32_t id = keep(notes, process);
    expect_field(notes, id, NOTE_ARGUMENTS, "");
    CU_ASSERT_EQUAL(keep(notes, "PID: 4711\nCmd: /usr/bin/curl\nArgs: other"), id);
    CU_ASSERT_EQUAL(keep(notes, "Args: --password=x"), 0);
    notes_free(notes);
}

static void more_than_the_caps_is_left_out(void)
{
    struct limits limits = limits_default;
    limits.notes = 10;
    struct notes *notes = notes_new(&limits, true);
    for (unsigned i = 0; i < 1000; i++) {
        char comment[400];
        struct address address = {{[15] = (uint8_t)i, [14] = (uint8_t)(i >> 8)}};
        g_snprintf(comment, sizeof comment, "PID: %u\nPodName: %0300u", i, i);
        keep(notes, comment);
        notes_name(notes, &address, slice_of(comment, 20));
    }
    CU_ASSERT_EQUAL(notes_count(notes), 10);
    CU_ASSERT_EQUAL(names_count(notes_names(notes)), 10);
    uint32_t pod = notes_get(notes, 1).field[NOTE_POD];
    CU_ASSERT_EQUAL(names_text(notes_names(notes), pod).length, NOTE_BYTES);
    CU_ASSERT_TRUE(names_is_cut(notes_names(notes), pod));
    notes_free(notes);
}

static void build_names(struct builder *builder)
{
    static const uint8_t v4[] = {192, 0, 2, 1}, v6[16] = {0x20, 1, 0xd, 0xb8, [15] = 7};
    struct builder body = builder_new(builder->is_big), value = builder_new(builder->is_big);
    build_bytes(&value, v4, sizeof v4);
    build_bytes(&value, "web-1\0alias", 12);
    build_option(&body, 1, value.bytes->data, (uint16_t)value.bytes->len);
    g_byte_array_set_size(value.bytes, 4);
    build_bytes(&value, "later", 5); // without its zero byte
    build_option(&body, 1, value.bytes->data, (uint16_t)value.bytes->len);
    g_byte_array_set_size(value.bytes, 0);
    build_bytes(&value, v6, sizeof v6);
    build_bytes(&value, "db", 3);
    build_option(&body, 2, value.bytes->data, (uint16_t)value.bytes->len);
    build_option(&body, 3, "EUI-48", 6); // not of this floor
    build_option(&body, 1, v4, 3);       // too short
    build_option(&body, 2, v6, 16);      // no name
    build16(&body, 1);
    build16(&body, 4000); // longer than the block
    build_block(builder, 4, &body);
    builder_free(&value);
    builder_free(&body);
}

static void expect_name(const struct notes *notes, const char *prefix, size_t length, uint8_t last,
                        const char *name)
{
    struct address address = {{0}};
    memcpy(address.bytes, prefix, length);
    address.bytes[15] = last;
    struct slice got = names_text(notes_names(notes), notes_name_of(notes, &address));
    CU_ASSERT_EQUAL_FATAL(got.length, strlen(name));
    CU_ASSERT_TRUE(got.length == 0 || memcmp(got.at, name, got.length) == 0);
}

static void name_blocks_name_addresses_in_either_byte_order(void)
{
    static const char mapped[] = "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\x02";
    for (int is_big = 0; is_big < 2; is_big++) {
        struct builder builder = builder_new(is_big);
        struct notes *notes = notes_new(&limits_default, false);
        build_section(&builder);
        build_names(&builder);
        struct source *source = builder_open(&builder, NULL, NULL);
        source_keep_notes(source, notes);
        CU_ASSERT_EQUAL(source_count(source, 8), 0);
        CU_ASSERT_PTR_NULL(source_info(source)->damage);
        expect_name(notes, mapped, 15, 1, "web-1");
        expect_name(notes, "\x20\x01\x0d\xb8", 4, 7, "db");
        expect_name(notes, mapped, 15, 2, "");
        source_free(source);
        notes_free(notes);
        builder_free(&builder);
    }
}

// A packet of the connection 192.0.2.1:40000 -> 192.0.2.2:80, or back.
static void build_packet(struct builder *builder, bool is_back, uint32_t flags, const char *comment)
{
    static const char there[] = "ip4/6 9c40 0050 00000001 00000000 50 02 ffff 0000 0000";
    static const char back[] = "ip4/6 0050 9c40 00000001 00000002 50 12 ffff 0000 0000";
    struct frame frame = frame_of(is_back ? back : there);
    frame.bytes[15] = is_back ? 2 : 1;
    frame.bytes[19] = is_back ? 1 : 2;
    struct builder options = builder_new(false);
    uint8_t little[4] = {(uint8_t)flags};
    if (flags)
        build_option(&options, EPB_FLAGS, little, 4);
    if (comment)
        build_option(&options, OPT_COMMENT, comment, (uint16_t)strlen(comment));
    build_enhanced_bytes(builder, slice_of(frame.bytes, frame.length), &options);
    builder_free(&options);
}

// The connection of the packets: what is noted at its client, and at its server.
static void follow(const struct builder *builder, struct notes *notes, uint32_t noted[2])
{
    struct source *source = builder_open(builder, NULL, NULL);
    struct decoder *decoder = decoder_new(&limits_default);
    struct names *names = names_new(&limits_default);
    struct engine *engine = engine_new(&limits_default, names, NULL);
    struct packet packets[8];
    struct record record;
    source_keep_notes(source, notes);
    size_t count = source_next(source, packets, G_N_ELEMENTS(packets));
    for (size_t i = 0; i < count; i++) {
        struct segment segment = {.clock = packets[i].time};
        CU_ASSERT_EQUAL(decode_packet(decoder, &packets[i], &segment), DECODE_TCP);
        engine_take(engine, &segment, 1);
    }
    engine_finish(engine);
    CU_ASSERT_TRUE_FATAL(engine_next(engine, &record));
    noted[CLIENT] = record.end[CLIENT].note;
    noted[SERVER] = record.end[SERVER].note;
    CU_ASSERT_FALSE(engine_next(engine, &record));
    engine_free(engine);
    names_free(names);
    decoder_free(decoder);
    source_free(source);
}

// What is noted when the first packet and its answer carry these; "c", "s": the process of the
// client's packet, of the server's, "" none.
static void expect_noted(uint32_t there_flags, const char *there, uint32_t back_flags,
                         const char *back, const char *client, const char *server)
{
    struct builder builder = builder_new(false);
    struct notes *notes = notes_new(&limits_default, false);
    build_section(&builder);
    build_interface(&builder, 101, 0, NULL);
    build_packet(&builder, false, there_flags, there);
    build_packet(&builder, true, back_flags, back);
    uint32_t noted[2];
    follow(&builder, notes, noted);
    expect_field(notes, noted[CLIENT], NOTE_COMMAND, client);
    expect_field(notes, noted[SERVER], NOTE_COMMAND, server);
    notes_free(notes);
    builder_free(&builder);
}

static void a_process_belongs_to_the_end_on_the_capturing_host(void)
{
    expect_noted(OUTBOUND, "Cmd: c", INBOUND, "Cmd: c", "c", "");
    expect_noted(INBOUND, "Cmd: s", OUTBOUND, "Cmd: s", "", "s");
    expect_noted(OUTBOUND, NULL, INBOUND, "Cmd: c", "c", "");
    expect_noted(OUTBOUND, "Cmd: c", OUTBOUND, "Cmd: s", "c", "s"); // loopback
    expect_noted(OUTBOUND, "Cmd: c", INBOUND, "Cmd: other", "c", "");
}

static void a_process_of_no_told_end_is_noted_at_both(void)
{
    expect_noted(0, "Cmd: c", 0, NULL, "c", "c");
    expect_noted(3, "Cmd: c", 0, NULL, "c", "c");
    expect_noted(OUTBOUND, "Cmd: c", OUTBOUND, "Cmd: c", "c", "c"); // loopback, or a bridge
    expect_noted(0, NULL, 0, NULL, "", "");
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("notes", NULL, NULL);
    CU_ADD_TEST(suite, lines_of_comments_become_one_process);
    CU_ADD_TEST(suite, comments_of_others_tell_no_process);
    CU_ADD_TEST(suite, arguments_are_kept_only_when_asked_for);
    CU_ADD_TEST(suite, more_than_the_caps_is_left_out);
    CU_ADD_TEST(suite, name_blocks_name_addresses_in_either_byte_order);
    CU_ADD_TEST(suite, a_process_belongs_to_the_end_on_the_capturing_host);
    CU_ADD_TEST(suite, a_process_of_no_told_end_is_noted_at_both);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int failed = (int)CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed != 0;
}
