// SPDX-License-Identifier: BSD-2-Clause
// The table of known defaults: the embedded file is sound, look-ups rank by fingerprint, and a
// damaged file is told about.
#include <CUnit/Basic.h>
#include <glib.h>
#include <string.h>

#include "base/embedded.h"
#include "judge/known.h"

static struct slice text_of(const char *text)
{
    return slice_of(text, strlen(text));
}

static GPtrArray *idle(const struct known_defaults *known, enum side side, int64_t ms,
                       const char *fingerprint)
{
    return known_defaults_find(known, SETTING_IDLE_TIMEOUT, side, ms * NANOS_PER_MS,
                               text_of(fingerprint));
}

static const char *product(const GPtrArray *found, guint index)
{
    return index < found->len ? ((struct known_default *)found->pdata[index])->product : "";
}

static void embedded_table_has_every_row_of_the_file(void)
{
    struct known_defaults *known = known_defaults_embedded();
    static const struct {
        enum setting_kind kind;
        enum side side;
        int64_t value; // ms or count
        const char *fingerprint, *product;
    } rows[] = {
        {SETTING_IDLE_TIMEOUT, CLIENT, 90001, "Go-http-client/1.1", "Go net/http"},
        {SETTING_IDLE_TIMEOUT, CLIENT, 90001, "reqwest/0.11", "Rust reqwest"},
        {SETTING_IDLE_TIMEOUT, SERVER, 75003, "nginx/1.22.1", "nginx keepalive_timeout"},
        {SETTING_IDLE_TIMEOUT, SERVER, 75003, "Python/3.11 aiohttp/3.8.4", "aiohttp server"},
        {SETTING_IDLE_TIMEOUT, SERVER, 6003, "", "Node http.Server"},
        {SETTING_IDLE_TIMEOUT, CLIENT, 8300, "Java/17.0.15", "JDK HttpURLConnection"},
        {SETTING_IDLE_TIMEOUT, CLIENT, 60000, "nginx", "nginx upstream"},
        {SETTING_POOL_LIMIT, CLIENT, 2, "Go-http-client/1.1", "Go net/http"},
        {SETTING_POOL_LIMIT, CLIENT, 10, "python-requests/2.28", "Python requests"},
        {SETTING_MAX_REQUESTS, SERVER, 100, "Apache/2.4", "Apache httpd"},
        {SETTING_MAX_REQUESTS, SERVER, 1000, "nginx", "nginx keepalive_requests"},
        {SETTING_TCP_KEEPALIVE_PERIOD, CLIENT, 15090, "", "Go net.Dialer"},
        {SETTING_RESPONSE_TIMEOUT, CLIENT, 60000, "", "nginx proxy_read_timeout"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        int64_t value = rows[i].value * (setting_is_time(rows[i].kind) ? NANOS_PER_MS : 1);
        GPtrArray *found = known_defaults_find(known, rows[i].kind, rows[i].side, value,
                                               text_of(rows[i].fingerprint));
        CU_ASSERT_TRUE(g_str_has_prefix(product(found, 0), rows[i].product));
        g_ptr_array_free(found, TRUE);
    }
    known_defaults_free(known);
}

static void several_candidates_are_ranked_and_none_is_hidden(void)
{
    struct known_defaults *known = known_defaults_embedded();
    GPtrArray *unknown = idle(known, CLIENT, 90000, "my-service/1.0");
    GPtrArray *nginx = idle(known, SERVER, 65000, "nginx/1.22.1");
    CU_ASSERT_EQUAL(unknown->len, 2);
    CU_ASSERT_EQUAL(nginx->len, 3);
    CU_ASSERT_TRUE(g_str_has_prefix(product(nginx, 0), "nginx"));
    g_ptr_array_free(unknown, TRUE);
    g_ptr_array_free(nginx, TRUE);
    known_defaults_free(known);
}

static void what_counts_from_a_hint_is_looked_up_apart(void)
{
    struct known_defaults *known = known_defaults_embedded();
    struct slice node = slice_of("node", 4), nothing = slice_of("", 0);
    GPtrArray *server =
        known_defaults_hinted(known, SETTING_IDLE_TIMEOUT, SERVER, 1003 * NANOS_PER_MS, nothing);
    GPtrArray *client =
        known_defaults_hinted(known, SETTING_IDLE_TIMEOUT, CLIENT, -1998 * NANOS_PER_MS, node);
    GPtrArray *plain = idle(known, SERVER, 1003, "");
    CU_ASSERT_EQUAL_FATAL(server->len, 1);
    CU_ASSERT_TRUE(g_str_has_prefix(product(server, 0), "Node"));
    CU_ASSERT_EQUAL_FATAL(client->len, 1);
    CU_ASSERT_EQUAL(((struct known_default *)client->pdata[0])->value, -2 * NANOS_PER_SECOND);
    CU_ASSERT_EQUAL(plain->len, 0);
    g_ptr_array_free(server, TRUE);
    g_ptr_array_free(client, TRUE);
    g_ptr_array_free(plain, TRUE);
    known_defaults_free(known);
}

static void another_products_name_rules_a_client_out_but_no_proxy(void)
{
    struct known_defaults *known = known_defaults_embedded();
    GPtrArray *go = idle(known, CLIENT, 90000, "Go-http-client/1.1");
    GPtrArray *passed_on = idle(known, CLIENT, 60000, "Mozilla/5.0 Firefox/119.0");
    GPtrArray *limit =
        known_defaults_find(known, SETTING_POOL_LIMIT, CLIENT, 10, text_of("Go-http-client/1.1"));
    CU_ASSERT_EQUAL(go->len, 1);
    CU_ASSERT_EQUAL(limit->len, 0);
    CU_ASSERT_EQUAL(passed_on->len, 2); // a load balancer or nginx in between
    g_ptr_array_free(go, TRUE);
    g_ptr_array_free(passed_on, TRUE);
    g_ptr_array_free(limit, TRUE);
    known_defaults_free(known);
}

static void sides_are_kept_apart_and_networks_come_last(void)
{
    struct known_defaults *known = known_defaults_embedded();
    GPtrArray *server = idle(known, SERVER, 90000, "");
    GPtrArray *network = idle(known, CLIENT, 350000, "Go-http-client/1.1");
    CU_ASSERT_EQUAL(server->len, 0);
    CU_ASSERT_EQUAL(network->len, 1);
    CU_ASSERT_TRUE(g_str_has_prefix(product(network, 0), "AWS NLB"));
    g_ptr_array_free(server, TRUE);
    g_ptr_array_free(network, TRUE);
    known_defaults_free(known);
}

static void a_wide_sweep_counts_only_with_its_fingerprint(void)
{
    struct known_defaults *known = known_defaults_embedded();
    GPtrArray *aiohttp = idle(known, CLIENT, 22000, "Python/3.11 aiohttp/3.8.4");
    GPtrArray *other = idle(known, CLIENT, 22000, "curl/8.0");
    GPtrArray *early = idle(known, CLIENT, 89980, "Go-http-client/1.1");
    GPtrArray *timely = idle(known, CLIENT, 89995, "Go-http-client/1.1");
    CU_ASSERT_EQUAL(aiohttp->len, 1);
    CU_ASSERT_EQUAL(other->len, 0);
    CU_ASSERT_EQUAL(early->len, 0);
    CU_ASSERT_EQUAL(timely->len, 1);
    g_ptr_array_free(aiohttp, TRUE);
    g_ptr_array_free(other, TRUE);
    g_ptr_array_free(early, TRUE);
    g_ptr_array_free(timely, TRUE);
    known_defaults_free(known);
}

static void damaged_files_are_errors_and_an_empty_one_is_no_default(void)
{
    static const char *const damaged[] = {
        "[a]\nkind=idle-timeout\nwho=S\nvalue=5\nsource=x\n",
        "[a]\nkind=idle-timeout\nwho=S\nvalue=5\nproduct=x\n",
        "[a]\nkind=lunch\nwho=S\nvalue=5\nproduct=x\nsource=x\n",
        "[a]\nkind=idle-timeout\nwho=X\nvalue=5\nproduct=x\nsource=x\n",
        "[a]\nkind=idle-timeout\nwho=SCPN\nvalue=5\nproduct=x\nsource=x\n",
        "[a]\nkind=idle-timeout\nwho=S\nvalue=-5\nproduct=x\nsource=x\n",
        "[a]\nkind=idle-timeout\nwho=S\nvalue=99999999999\nproduct=x\nsource=x\n",
        "[a]\nkind=idle-timeout\nwho=S\nvalue=5\nslack=so\nproduct=x\nsource=x\n",
        "[a]\nkind=pool-limit\nwho=C\nvalue=5.5\nproduct=x\nsource=x\n",
        "no group at all",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(damaged); i++) {
        GError *error = NULL;
        CU_ASSERT_PTR_NULL(known_defaults_new(damaged[i], strlen(damaged[i]), &error));
        CU_ASSERT_PTR_NOT_NULL(error);
        g_clear_error(&error);
    }
    struct known_defaults *none = known_defaults_new("", 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(none);
    GPtrArray *found = idle(none, SERVER, 5000, "");
    CU_ASSERT_EQUAL(found->len, 0);
    g_ptr_array_free(found, TRUE);
    known_defaults_free(none);
}

static void any_cut_of_the_file_is_read_or_refused(void)
{
    struct slice whole = embedded_find("known-defaults.ini");
    CU_ASSERT_TRUE(whole.length > 1000);
    for (size_t cut = 0; cut < whole.length; cut += 37) {
        char *copy = g_memdup2(whole.at, cut);
        GError *error = NULL;
        struct known_defaults *known = known_defaults_new(copy, cut, &error);
        CU_ASSERT_TRUE((known == NULL) == (error != NULL));
        known_defaults_free(known);
        g_clear_error(&error);
        g_free(copy);
    }
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("known defaults", NULL, NULL);
    CU_ADD_TEST(suite, embedded_table_has_every_row_of_the_file);
    CU_ADD_TEST(suite, several_candidates_are_ranked_and_none_is_hidden);
    CU_ADD_TEST(suite, what_counts_from_a_hint_is_looked_up_apart);
    CU_ADD_TEST(suite, another_products_name_rules_a_client_out_but_no_proxy);
    CU_ADD_TEST(suite, sides_are_kept_apart_and_networks_come_last);
    CU_ADD_TEST(suite, a_wide_sweep_counts_only_with_its_fingerprint);
    CU_ADD_TEST(suite, damaged_files_are_errors_and_an_empty_one_is_no_default);
    CU_ADD_TEST(suite, any_cut_of_the_file_is_read_or_refused);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int failed = (int)CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed != 0;
}
