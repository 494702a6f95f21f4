// SPDX-License-Identifier: BSD-2-Clause
// Tests of --client and --server: which networks are read, which connections they choose; and of
// the files that reports are written to.
#include <CUnit/Basic.h>
#include <glib/gstdio.h>
#include <stdlib.h>

#include "by_hand.h"
#include "command/output.h"
#include "command/select.h"

static bool holds(const char *text, const struct record *record, enum side side)
{
    struct selection selection = {{NULL, NULL}};
    struct network network;
    CU_ASSERT_TRUE_FATAL(network_parse(text, &network, NULL));
    selection.networks[side] = g_array_new(FALSE, FALSE, sizeof network);
    g_array_append_val(selection.networks[side], network);
    bool taken = select_takes(&selection, record);
    select_free(&selection);
    return taken;
}

static void a_network_holds_its_addresses(void)
{
    struct record r = opened(7, 40000, 0);
    static const char *const inside[] = {
        "10.0.0.7",       "10.0.0.0/24",      "10.0.0.6/31",
        "0.0.0.0/0",      "::ffff:10.0.0.7",  "::ffff:0:0/96",
        "10.0.0.7:40000", "10.0.0.0/8:40000", "[::ffff:0:0/96]:40000"};
    static const char *const outside[] = {"10.0.0.8",       "10.0.1.0/24",   "10.0.0.4/31",
                                          "10.0.0.7:40001", "2001:db8::/32", "10.0.0.0/30",
                                          "::/0",           "[::/0]:40000"};
    for (size_t i = 0; i < G_N_ELEMENTS(inside); i++)
        CU_ASSERT_TRUE(holds(inside[i], &r, CLIENT));
    for (size_t i = 0; i < G_N_ELEMENTS(outside); i++)
        CU_ASSERT_FALSE(holds(outside[i], &r, CLIENT));
    CU_ASSERT_TRUE(holds("10.0.1.1:80", &r, SERVER));
    CU_ASSERT_TRUE(holds("10.0.1.1/32:80", &r, SERVER));
    r.end[SERVER].port = 65535;
    CU_ASSERT_TRUE(holds("10.0.1.1:65535", &r, SERVER));
    r.end[SERVER].port = 80;
    CU_ASSERT_FALSE(holds("10.0.1.1:443", &r, SERVER));
}

static void ipv6_networks_end_at_any_bit(void)
{
    struct record r = opened(7, 40000, 0);
    r.end[CLIENT].address = (struct address){{0x20, 0x01, 0x0d, 0xb8, 0xff, [15] = 1}};
    CU_ASSERT_TRUE(holds("2001:db8::/32", &r, CLIENT));
    CU_ASSERT_TRUE(holds("::/0", &r, CLIENT));
    CU_ASSERT_FALSE(holds("0.0.0.0/0", &r, CLIENT));
    CU_ASSERT_TRUE(holds("2001:db8:8000::/33", &r, CLIENT));
    CU_ASSERT_FALSE(holds("2001:db8::/33", &r, CLIENT));
    CU_ASSERT_TRUE(holds("[2001:db8:ff00::1]:40000", &r, CLIENT));
    CU_ASSERT_TRUE(holds("[2001:db8:ff00::1]", &r, CLIENT));
    CU_ASSERT_TRUE(holds("[2001:db8::]/32:40000", &r, CLIENT));
    CU_ASSERT_FALSE(holds("[2001:db8::]/32:4", &r, CLIENT));
    CU_ASSERT_TRUE(holds("2001:db8::/32:40000", &r, CLIENT));
}

static void what_is_no_network_is_an_error(void)
{
    static const char *const wrong[] = {"",          "host",        "10.0.0",      "10.0.0.0/33",
                                        "::/129",    "10.0.0.1:0",  "10.0.0.1:x",  "10.0.0.1:65536",
                                        "10.0.0.1/", "10.0.0.1/-1", "10.0.0.1/8x", "[::1]:"};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        struct network network;
        GError *error = NULL;
        CU_ASSERT_FALSE(network_parse(wrong[i], &network, &error));
        CU_ASSERT_PTR_NOT_NULL(error);
        g_clear_error(&error);
    }
}

static void records_and_exchanges_are_chosen_together(void)
{
    struct selection selection = {{NULL, NULL}};
    struct network network;
    network_parse("10.0.0.2", &network, NULL);
    selection.networks[CLIENT] = g_array_new(FALSE, FALSE, sizeof network);
    g_array_append_val(selection.networks[CLIENT], network);
    GArray *records = g_array_new(FALSE, FALSE, sizeof(struct record));
    struct exchange exchanges[6];
    for (uint8_t i = 0; i < 6; i++) {
        struct record r = opened(1 + i % 2, (uint16_t)(1000 + i), i);
        g_array_append_val(records, r);
        exchanges[5 - i] = (struct exchange){.connection = r.at[AT_START].frame, .begin = i};
    }
    select_records(&selection, records);
    CU_ASSERT_EQUAL_FATAL(records->len, 3);
    for (guint i = 0; i < records->len; i++)
        CU_ASSERT_EQUAL(g_array_index(records, struct record, i).end[CLIENT].port, 1001 + 2 * i);
    GArray *chosen = select_exchanges(records, exchanges, 6);
    CU_ASSERT_EQUAL_FATAL(chosen->len, 3);
    for (guint i = 0; i < chosen->len; i++)
        CU_ASSERT_EQUAL(g_array_index(chosen, struct exchange, i).begin, 5 - 2 * i);
    g_array_free(chosen, TRUE);
    g_array_free(records, TRUE);
    select_free(&selection);
}

static void separate_reports_are_named_after_their_captures(void)
{
    static const struct {
        const char *path, *input, *name;
    } rows[] = {
        {"report.json", "cap.pcap", "report-cap.json"},
        {"out/report.v2.html", "/var/tmp/day.1.pcap", "out/report.v2-day.1.html"},
        {"r.txt", "-", "r-stdin.txt"},
        {"r.txt", ".hidden", "r-.hidden.txt"},
        {"r.txt", "noext", "r-noext.txt"},
        {"report.json", "other/cap.pcapng", "report-cap-2.json"},
        {"report.json", "cap-3", "report-cap-3.json"},
        {"report.json", "cap", "report-cap-4.json"},
    };
    GHashTable *used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *stem = output_stem(rows[i].input, used);
        char *name = output_path_for(rows[i].path, stem);
        CU_ASSERT_STRING_EQUAL(name, rows[i].name);
        g_free(name);
        g_free(stem);
    }
    g_hash_table_destroy(used);
}

static void the_suffix_chooses_the_format(void)
{
    char *paths[] = {"a.json", "b.txt", "c.ndjson", "d.html", NULL};
    GArray *outputs = output_plan(paths, NULL, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(outputs);
    CU_ASSERT_EQUAL_FATAL(outputs->len, 4);
    static const enum report_format formats[] = {REPORT_JSON, REPORT_TEXT, REPORT_NDJSON,
                                                 REPORT_HTML};
    for (guint i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(g_array_index(outputs, struct output, i).format, formats[i]);
    g_array_free(outputs, TRUE);
    outputs = output_plan(NULL, NULL, NULL);
    CU_ASSERT_EQUAL(g_array_index(outputs, struct output, 0).format, REPORT_TEXT);
    g_array_free(outputs, TRUE);
    char *wrong[] = {"a.json", "b.doc", NULL};
    GError *error = NULL;
    CU_ASSERT_PTR_NULL(output_plan(wrong, NULL, &error));
    g_clear_error(&error);
    CU_ASSERT_PTR_NULL(output_plan(NULL, "csv", &error));
    g_clear_error(&error);
}

// Writes "new" over what is at `path`; what is there then, caller frees.
static char *written_over(const char *path, bool written)
{
    struct output_file file;
    char *text = NULL;
    CU_ASSERT_TRUE_FATAL(output_open(&file, path, NULL));
    CU_ASSERT_TRUE(fputs("new", file.stream) >= 0);
    CU_ASSERT_TRUE(output_close(&file, written, NULL));
    g_file_get_contents(path, &text, NULL, NULL);
    return text;
}

static void a_file_is_replaced_when_it_is_whole(void)
{
    char *folder = g_dir_make_tmp(NULL, NULL);
    char *path = g_build_filename(folder, "report.txt", NULL);
    CU_ASSERT_PTR_NULL(written_over(path, false));
    CU_ASSERT_TRUE(g_file_set_contents(path, "old", -1, NULL));
    for (int written = 0; written <= 1; written++) {
        char *text = written_over(path, written);
        CU_ASSERT_STRING_EQUAL(text ? text : "", written ? "new" : "old");
        g_free(text);
    }
    CU_ASSERT_EQUAL(g_unlink(path), 0);
    CU_ASSERT_EQUAL(g_rmdir(folder), 0); // nothing else is left
    g_free(path);
    g_free(folder);
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("select", NULL, NULL);
    CU_ADD_TEST(suite, a_network_holds_its_addresses);
    CU_ADD_TEST(suite, ipv6_networks_end_at_any_bit);
    CU_ADD_TEST(suite, what_is_no_network_is_an_error);
    CU_ADD_TEST(suite, records_and_exchanges_are_chosen_together);
    CU_ADD_TEST(suite, separate_reports_are_named_after_their_captures);
    CU_ADD_TEST(suite, the_suffix_chooses_the_format);
    CU_ADD_TEST(suite, a_file_is_replaced_when_it_is_whole);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
