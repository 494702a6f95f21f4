// SPDX-License-Identifier: BSD-2-Clause
// Findings in words: data/findings.ini, with the numbers of a finding in its places.
#include "report/finding_words.h"

#include <math.h>
#include <string.h>

#include "base/embedded.h"
#include "base/text.h"
#include "capture/address.h"
#include "report/phrase.h"

#define FILTER_PAIRS 4  // pairs that a filter names
#define TARGET_TOLD  80 // bytes of a target in a sentence

struct phrases {
    GKeyFile *file;
};

static const char *const stacks[] = {"all",  "go",    "java",    "python",
                                     "node", "nginx", "haproxy", "envoy"};

struct phrases *phrases_new(void)
{
    struct slice text = embedded_find("findings.ini");
    struct phrases *phrases = g_new0(struct phrases, 1);
    GError *error = NULL;
    phrases->file = g_key_file_new();
    if (text.length > 0 && !g_key_file_load_from_data(phrases->file, (const char *)text.at,
                                                      text.length, G_KEY_FILE_NONE, &error))
        g_error("findings.ini: %s", error->message);
    return phrases;
}

void phrases_free(struct phrases *phrases)
{
    g_key_file_free(phrases->file);
    g_free(phrases);
}

// What the places of one finding stand for.
struct finding_values {
    char client[ADDRESS_TEXT_BYTES], server[ADDRESS_TEXT_BYTES + 8];
    char servers[ADDRESS_TEXT_BYTES + 40];
    char *agent, *target;
    struct phrase_value list[16];
    size_t count;
};

static void add_number(struct finding_values *values, const char *name, double number)
{
    g_assert(values->count < G_N_ELEMENTS(values->list));
    values->list[values->count++] = (struct phrase_value){name, number, NULL};
}

static void add_text(struct finding_values *values, const char *name, const char *text)
{
    g_assert(values->count < G_N_ELEMENTS(values->list));
    values->list[values->count++] = (struct phrase_value){name, NAN, text};
}

static const struct pair *pair_at(const struct analysis *analysis, uint32_t index)
{
    return &g_array_index(analysis->pairs, struct pair, index);
}

static void print_endpoint(const struct endpoint *endpoint, char *out, size_t room)
{
    char address[ADDRESS_TEXT_BYTES];
    address_print(&endpoint->address, address);
    g_snprintf(out, room, address_is_ipv4(&endpoint->address) ? "%s:%u" : "[%s]:%u", address,
               endpoint->port);
}

// "GET /path", cut and marked so where it is long. Caller frees.
static char *request_words(struct slice method, struct slice target, bool is_cut)
{
    GString *words = g_string_new(NULL);
    text_append_safe(words, method, method.length, false);
    g_string_append_c(words, ' ');
    text_append_safe(words, target, TARGET_TOLD, is_cut);
    return g_string_free(words, FALSE);
}

// The last request of the first connection that is evidence.
static void values_example(struct finding_values *values, const struct analysis *analysis,
                           const struct finding *finding)
{
    double status = NAN;
    if (finding->evidence_count > 0) {
        const struct record *r = &analysis->records[finding->evidence[0]];
        struct slice method = names_text(analysis->names, r->names[NAME_LAST_METHOD]);
        struct slice target = names_text(analysis->names, r->names[NAME_LAST_TARGET]);
        if (target.length > 0)
            values->target = request_words(
                method, target, names_is_cut(analysis->names, r->names[NAME_LAST_TARGET]));
        status = r->last_status ? r->last_status : NAN;
    }
    add_text(values, "target", values->target ? values->target : "");
    add_number(values, "status", status);
}

// How many opens the model gives for the worst pair at the captured setting.
static double replayed_opens(const struct analysis *analysis, const struct finding *finding)
{
    const GArray *what_ifs = analysis->what_ifs;
    for (guint i = 0; what_ifs && finding->pair_count > 0 && i < what_ifs->len; i++) {
        const struct what_if *what_if = &g_array_index(what_ifs, struct what_if, i);
        if (what_if->pair == finding->pairs[0])
            return (double)what_if->replayed_opens;
    }
    return NAN;
}

// The server of the worst pair, and that there are others.
static void print_servers(struct finding_values *values, const struct analysis *analysis,
                          const struct finding *finding)
{
    unsigned others = 0;
    for (uint32_t i = 1; i < finding->pair_count; i++)
        others +=
            memcmp(&pair_at(analysis, finding->pairs[i])->server,
                   &pair_at(analysis, finding->pairs[0])->server, sizeof(struct endpoint)) != 0;
    g_snprintf(values->servers, sizeof values->servers, "%s%s", values->server,
               others > 0 ? " and other servers" : "");
}

static void values_init(struct finding_values *values, const struct analysis *analysis,
                        const struct finding *finding)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    memset(values, 0, sizeof *values);
    g_strlcpy(values->client, "a client", sizeof values->client);
    g_strlcpy(values->server, "a server", sizeof values->server);
    if (finding->pair_count > 0) {
        const struct pair *pair = pair_at(analysis, finding->pairs[0]);
        struct slice agent = names_text(analysis->names, pair->agent);
        address_print(&pair->client, values->client);
        print_endpoint(&pair->server, values->server, sizeof values->server);
        values->agent = g_strndup((const char *)agent.at, agent.length);
    }
    print_servers(values, analysis, finding);
    uint64_t all = analysis->record_count;
    values_example(values, analysis, finding);
    add_number(values, "replayed", replayed_opens(analysis, finding));
    add_text(values, "client", values->client);
    add_text(values, "server", values->server);
    add_text(values, "servers", values->servers);
    add_text(values, "agent", values->agent ? values->agent : "");
    add_number(values, "connections", (double)finding->connections);
    add_number(values, "share", all > 0 ? (double)finding->connections / (double)all : NAN);
    add_number(values, "handshakes", (double)finding->handshakes);
    add_number(values, "round-trips", (double)finding->round_trips);
    add_number(values, "time",
               finding->cost_time == NANOS_UNKNOWN
                   ? NAN
                   : (double)finding->cost_time / (double)NANOS_PER_SECOND);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        add_number(values, names[i], finding->values[i]);
}

// The sentence of this key with its places filled; NULL when the data have none.
static char *words_of(const struct phrases *phrases, enum finding_id id, const char *key,
                      const struct finding_values *values)
{
    char *sentence = g_key_file_get_value(phrases->file, finding_key(id), key, NULL);
    if (!sentence)
        return NULL;
    GString *out = g_string_new(NULL);
    phrase_append(out, sentence, values->list, values->count);
    g_free(sentence);
    return g_string_free(out, FALSE);
}

// Pairs of several User-Agents between the same ends need one.
static void append_pair_filter(GString *out, const struct pair *pair)
{
    char address[ADDRESS_TEXT_BYTES];
    const struct address *ends[2] = {&pair->client, &pair->server.address};
    bool is_one = memcmp(ends[0], ends[1], sizeof **ends) == 0;
    GString *own = g_string_new("(");
    for (int i = is_one; i < 2; i++) {
        address_print(ends[i], address);
        g_string_append_printf(own, "%s == %s && ",
                               address_is_ipv4(ends[i]) ? "ip.addr" : "ipv6.addr", address);
    }
    g_string_append_printf(own, "tcp.port == %u)", pair->server.port);
    if (!strstr(out->str, own->str))
        g_string_append_printf(out, "%s%s", out->len > 1 ? " || " : "", own->str);
    g_string_free(own, TRUE);
}

// The pairs' addresses, and what the data file adds.
static char *filter_of(const struct phrases *phrases, const struct analysis *analysis,
                       const struct finding *finding)
{
    GString *out = g_string_new(NULL);
    char *kind = g_key_file_get_value(phrases->file, finding_key(finding->id), "filter", NULL);
    uint32_t count = MIN(finding->pair_count, FILTER_PAIRS);
    if (count > 1)
        g_string_append_c(out, '(');
    for (uint32_t i = 0; i < count; i++)
        append_pair_filter(out, pair_at(analysis, finding->pairs[i]));
    if (count > 1)
        g_string_append_c(out, ')');
    if (kind && count > 0)
        g_string_append_printf(out, " && (%s)", kind);
    else
        g_string_append(out, kind ? kind : count > 0 ? "" : "tcp");
    g_free(kind);
    return g_string_free(out, FALSE);
}

static void clear_advice(gpointer data)
{
    g_free(((struct advice *)data)->text);
}

struct finding_words *finding_words_new(const struct phrases *phrases,
                                        const struct analysis *analysis,
                                        const struct finding *finding)
{
    struct finding_words *words = g_new0(struct finding_words, 1);
    struct finding_values values;
    values_init(&values, analysis, finding);
    words->title = words_of(phrases, finding->id, "title", &values);
    words->detail = words_of(phrases, finding->id, "detail", &values);
    words->why = words_of(phrases, finding->id, "why", &values);
    words->filter = filter_of(phrases, analysis, finding);
    words->advice = g_array_new(FALSE, TRUE, sizeof(struct advice));
    g_array_set_clear_func(words->advice, clear_advice);
    for (size_t i = 0; i < G_N_ELEMENTS(stacks); i++) {
        char *key = g_strconcat("advice-", stacks[i], NULL);
        struct advice advice = {stacks[i], words_of(phrases, finding->id, key, &values)};
        if (advice.text)
            g_array_append_val(words->advice, advice);
        g_free(key);
    }
    if (!words->title)
        words->title = g_strdup(finding_key(finding->id));
    if (!words->detail)
        words->detail = g_strdup(words->title);
    if (!words->why)
        words->why = g_strdup("");
    g_free(values.agent);
    g_free(values.target);
    return words;
}

void finding_words_free(struct finding_words *words)
{
    if (!words)
        return;
    g_free(words->title);
    g_free(words->detail);
    g_free(words->why);
    g_free(words->filter);
    g_array_free(words->advice, TRUE);
    g_free(words);
}
