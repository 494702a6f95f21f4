// SPDX-License-Identifier: BSD-2-Clause
// Templates: what they give, what they escape, and what they refuse.
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/template.h"

static const char tree_text[] =
    "{\"title\":\"a <b> & \\\"c\\\" 'd' "
    "`e`\",\"empty\":\"\",\"none\":null,\"zero\":0,\"half\":0.50,"
    "\"yes\":true,\"no\":false,\"nothing\":[],\"list\":[1,2,3],\"x\":\"outside\","
    "\"brace\":\"{{x}} {{#list}}\",\"deep\":{\"er\":{\"est\":\"down\"}},"
    "\"rows\":[{\"name\":\"one\",\"parts\":[\"p\",\"q\"]},{\"name\":null,\"parts\":[]}]}";

static const struct {
    const char *text, *gives;
} rows[] = {
    {"", ""},
    {"plain } text {", "plain } text {"},
    {"{{title}}", "a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39; &#96;e&#96;"},
    {"<p title=\"{{title}}\">", "<p title=\"a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39; "
                                "&#96;e&#96;\">"},
    {"[{{zero}}|{{half}}|{{yes}}|{{no}}|{{none}}|{{missing}}|{{list}}|{{deep}}]",
     "[0|0.50|true|false||||]"},
    {"{{ x }}", "outside"},
    {"{{deep.er.est}} {{deep.er.no}} {{deep.no.est}} {{x.y}}", "down   "},
    {"{{#yes}}a{{/yes}}{{#no}}b{{/no}}{{#zero}}c{{/zero}}{{#empty}}d{{/empty}}", "ac"},
    {"{{^yes}}a{{/yes}}{{^no}}b{{/no}}{{^none}}c{{/none}}{{^nothing}}d{{/nothing}}", "bcd"},
    {"{{#list}}<{{.}}>{{/list}}{{#nothing}}x{{/nothing}}", "<1><2><3>"},
    {"{{#title}}{{x}}{{/title}}", "outside"},
    {"{{#deep}}{{er.est}}{{#er}}{{est}}{{/er}}{{/deep}}", "downdown"},
    // The keys of an object are its own: one that it lacks is not taken from outside.
    {"{{#rows}}{{name}}{{x}}({{#parts}}{{.}},{{/parts}}){{/rows}}", "one(p,q,)()"},
    {"{{#rows}}{{#parts}}{{name}}{{.}} {{/parts}}{{^parts}}none{{/parts}}{{/rows}}",
     "onep oneq none"},
    {"{{! a comment {{ }}x", "x"},
    // Text of the tree is never read as a template.
    {"{{brace}}", "{{x}} {{#list}}"},
    {"{{#brace}}{{.}}{{/brace}}", "{{x}} {{#list}}"},
    // A tag alone on its line takes the line with it.
    {"a\n{{#yes}}\nb\n{{/yes}}\nc\n", "a\nb\nc\n"},
    {"a\n  {{#list}}\n{{.}}\n  {{/list}}\nc", "a\n1\n2\n3\nc"},
    {"{{#yes}}\nb{{/yes}}\n", "b\n"},
    {"a {{#yes}}\nb", NULL},
    {"{{#yes}}", NULL},
    {"{{/yes}}", NULL},
    {"{{#yes}}{{/no}}", NULL},
    {"{{#no}}{{#yes}}{{/no}}", NULL},
    {"{{", NULL},
    {"{{x", NULL},
    {"{{}}", NULL},
    {"{{#}}{{/}}", NULL},
};

static char *rendered(const char *text)
{
    json_object *tree = json_tokener_parse(tree_text);
    GString *out = g_string_new(NULL);
    GError *error = NULL;
    size_t length = strlen(text);
    uint8_t *exact = malloc(length ? length : 1);
    memcpy(exact, text, length);
    bool good = template_render(out, slice_of(exact, length), tree, &error);
    CU_ASSERT_EQUAL(good, error == NULL);
    g_clear_error(&error);
    free(exact);
    json_object_put(tree);
    return g_string_free(out, !good);
}

static void gives_what_its_tags_say(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *got = rendered(rows[i].text);
        bool is_right = g_strcmp0(got, rows[i].gives) == 0;
        if (!is_right)
            printf("\n    %s gave %s", rows[i].text, got ? got : "an error");
        CU_ASSERT_TRUE(is_right);
        g_free(got);
    }
}

static char *nested(unsigned depth)
{
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < depth; i++)
        g_string_append(text, "{{#yes}}");
    g_string_append(text, "x");
    for (unsigned i = 0; i < depth; i++)
        g_string_append(text, "{{/yes}}");
    char *got = rendered(text->str);
    g_string_free(text, TRUE);
    return got;
}

static void refuses_sections_that_are_too_deep(void)
{
    char *fits = nested(TEMPLATE_DEPTH), *too_deep = nested(TEMPLATE_DEPTH + 1);
    CU_ASSERT_STRING_EQUAL(fits, "x");
    CU_ASSERT_PTR_NULL(too_deep);
    g_free(fits);
}

static void escapes_every_character_that_could_end_text_or_an_attribute(void)
{
    for (int c = 0; c < 256; c++) {
        uint8_t byte = (uint8_t)c;
        GString *out = g_string_new(NULL);
        template_escape(out, slice_of(&byte, 1));
        bool is_special = c != 0 && strchr("&<>\"'`", c) != NULL;
        CU_ASSERT_EQUAL(out->len == 1 && out->str[0] == (char)c, !is_special);
        CU_ASSERT_EQUAL(out->str[0] == '&' && out->str[out->len - 1] == ';', is_special);
        g_string_free(out, TRUE);
    }
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("template", NULL, NULL);
    CU_ADD_TEST(suite, gives_what_its_tags_say);
    CU_ADD_TEST(suite, refuses_sections_that_are_too_deep);
    CU_ADD_TEST(suite, escapes_every_character_that_could_end_text_or_an_attribute);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
