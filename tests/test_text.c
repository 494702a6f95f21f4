// SPDX-License-Identifier: BSD-2-Clause
// Wire text made safe to print, and addresses as text.
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "capture/address.h"

#define R "\xef\xbf\xbd" // U+FFFD
#define E "\xe2\x80\xa6" // ellipsis

static const struct {
    const char *raw, *safe;
} rows[] = {
    {"", ""},
    {"/plain?a=b c", "/plain?a=b c"},
    {"gr\xc3\xbc\xc3\x9f dich \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f dich \xf0\x9f\x98\x80"},
    {"a\r\nb\tc", "a\\x0D\\x0Ab\\x09c"},
    {"\x1b[31mred\x7f", "\\x1B[31mred\\x7F"},
    {"\xc2\x80\xc2\x9f\xc2\xa0", "\\u{0080}\\u{009F}\xc2\xa0"},
    {"x\xe2\x80\xae"
     "fdp.exe",
     "x\\u{202E}fdp.exe"},
    {"\xe2\x80\xaa\xe2\x81\xa6\xe2\x81\xa9", "\\u{202A}\\u{2066}\\u{2069}"},
    {"\xe2\x80\x8b\xe2\x80\x8f\xef\xbb\xbf", "\\u{200B}\\u{200F}\\u{FEFF}"},
    {"\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}"},
    {"\xe2\x80\x8a\xe2\x80\x90\xe2\x80\xa7", "\xe2\x80\x8a\xe2\x80\x90\xe2\x80\xa7"},
    {"\xf3\xa0\x81\x81", "\\u{E0041}"},
    // Unicode 15 section 3.9, tables 3-8 to 3-11: one U+FFFD for each maximal subpart.
    {"\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41", R R R R R R R R "A"},
    {"\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41", R R R R R R R R "A"},
    {"\xf4\x91\x92\x93\xff\x41\x80\xbf\x42", R R R R R "A" R R "B"},
    {"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", R R R R "A"},
    {"end\xe2\x82", "end" R},
    {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
};

static const struct {
    const char *raw;
    size_t most;
    bool was_cut;
    const char *safe;
} cuts[] = {
    {"abcdef", 6, false, "abcdef"},
    {"abcdef", 5, false, "abcde" E},
    {"abcdef", 6, true, "abcdef" E},
    {"abcdef", 0, false, E},
    {"", 5, true, E},
    {"", 0, false, ""},
    {"a\xe2\x82\xac"
     "b",
     4, false, "a\xe2\x82\xac" E}, // whole euro sign
    {"a\xe2\x82\xac"
     "b",
     3, false, "a" E}, // never a part of it
    {"a\xe2\x82\xac"
     "b",
     2, false, "a" E},
    {"a\xe2\x82", 3, true, "a" E}, // divided by an earlier cut
    {"a\xe2\x82", 3, false, "a" R},
    {"a\xffz", 2, false, "a" R E},
};

static bool gives(const char *raw, size_t most, bool was_cut, const char *safe)
{
    size_t length = strlen(raw);
    uint8_t *exact = malloc(length ? length : 1);
    memcpy(exact, raw, length);
    GString *out = g_string_new("[");
    text_append_safe(out, slice_of(exact, length), most, was_cut);
    bool is_right = out->str[0] == '[' && strcmp(out->str + 1, safe) == 0;
    if (!is_right)
        printf("\n    wanted [%s, got %s", safe, out->str);
    is_right &= g_utf8_validate(out->str, (gssize)out->len, NULL) != 0;
    g_string_free(out, TRUE);
    free(exact);
    return is_right;
}

static void makes_text_safe(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        CU_ASSERT_TRUE(gives(rows[i].raw, SIZE_MAX, false, rows[i].safe));
}

static void marks_cuts_and_never_divides_a_character(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cuts); i++)
        CU_ASSERT_TRUE(gives(cuts[i].raw, cuts[i].most, cuts[i].was_cut, cuts[i].safe));
}

// Every pair of bytes: valid UTF-8 out, no control character, and no longer than promised.
static void lets_no_pair_of_bytes_through_unsafe(void)
{
    bool is_safe = true;
    for (unsigned pair = 0; pair < 65536; pair++) {
        uint8_t raw[2] = {(uint8_t)(pair >> 8), (uint8_t)pair};
        g_autoptr(GString) out = g_string_new("");
        text_append_safe(out, slice_of(raw, 2), 2, false);
        is_safe &= g_utf8_validate(out->str, (gssize)out->len, NULL) && out->len <= 23;
        for (const char *p = out->str; *p; p = g_utf8_next_char(p))
            is_safe &= !g_unichar_iscntrl(g_utf8_get_char(p));
    }
    CU_ASSERT_TRUE(is_safe);
}

static const char *const addresses[] = {
    "0.0.0.0",
    "255.255.255.255",
    "10.0.0.1",
    "192.168.100.20",
    "::",
    "::1",
    "1::",
    "fe80::1",
    "2001:db8::1",
    "2001:db8:0:1:1:1:1:1",
    "2001:db8::1:0:0:1",
    "2001:0:0:1::1",
    "1:2:3:4:5:6:7:8",
    "0:1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:0",
    "::2:3:4:5:6:7",
    "1:2:3:4:5:6::",
    "abcd:ef01:2345:6789::",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "::ffff:0:0:1",
    "64:ff9b::c000:221",
};

static struct address parse(const char *text)
{
    struct address address = {{[10] = 0xff, [11] = 0xff}};
    if (inet_pton(AF_INET, text, address.bytes + 12) != 1)
        CU_ASSERT_EQUAL_FATAL(inet_pton(AF_INET6, text, address.bytes), 1);
    return address;
}

static void prints_addresses_as_rfc_5952(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
        struct address address = parse(addresses[i]);
        char out[ADDRESS_TEXT_BYTES];
        size_t length = address_print(&address, out);
        if (strcmp(out, addresses[i]) != 0)
            printf("\n    wanted %s, got %s", addresses[i], out);
        CU_ASSERT_STRING_EQUAL(out, addresses[i]);
        CU_ASSERT_EQUAL(length, strlen(out));
        CU_ASSERT_EQUAL(address_is_ipv4(&address), strchr(addresses[i], '.') != NULL);
    }
}

static void prints_what_reads_back_as_the_same_address(void)
{
    uint32_t state = 1;
    for (int i = 0; i < 20000; i++) {
        struct address address;
        for (int k = 0; k < 16; k++) {
            state = state * 1664525 + 1013904223;
            address.bytes[k] = state >> 30 ? (uint8_t)(state >> 16 & state >> 8) : 0;
        }
        char out[ADDRESS_TEXT_BYTES];
        address_print(&address, out);
        struct address again = parse(out);
        CU_ASSERT_TRUE(memcmp(&address, &again, sizeof(address)) == 0);
    }
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("text", NULL, NULL);
    CU_ADD_TEST(suite, makes_text_safe);
    CU_ADD_TEST(suite, marks_cuts_and_never_divides_a_character);
    CU_ADD_TEST(suite, lets_no_pair_of_bytes_through_unsafe);
    CU_ADD_TEST(suite, prints_addresses_as_rfc_5952);
    CU_ADD_TEST(suite, prints_what_reads_back_as_the_same_address);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
