// SPDX-License-Identifier: BSD-2-Clause
// What a record must say. Words (none: unknown or never):
//   requests responses complete outstanding status expected received timeout max N
//   bytes lost packets retransmitted probes unanswered client|server N
//   gap idle-max SECONDS; at MOMENT SECONDS (from the first line; moments.def in lower case, with
//   -) phase WORD; close nobody, or client|server fin|rst; state client|server STATE facts FACT...,
//   absent FACT... (facts.def in lower case, with -) host agent software first-method first-target
//   last-method last-target "TEXT" ("TEXT(cut)") strays duplicates exchanges N (of the
//   whole conversation) cause ID CONFIDENCE [RUNNER-UP] (what the rules say of it alone)
#include <stdio.h>
#include <stdlib.h>

#include "judge/rules.h"
#include "tests/conversation.h"

// One record, and where to write what it says for the words asked about.
struct question {
    const struct conversation *conversation;
    const struct outcome *outcome;
    const struct record *record;
    char **words; // the values
    GString *says;
};

static const char *const phases[] = {"connecting", "unused", "request", "awaiting",
                                     "answering",  "head",   "body",    "idle",
                                     "tunnel",     "opaque", "lost"};
static const char *const facts[] = {
#define FACT(id, words) #id,
#include "engine/facts.def"
#undef FACT
};
static const char *const moments[] = {
#define MOMENT(id, words) #id,
#include "engine/moments.def"
#undef MOMENT
};

// The index of a name such as "last-request" among LAST_REQUEST and its like, or -1.
static int find(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *lower = g_ascii_strdown(names[i], -1);
        g_strdelimit(lower, "_", '-');
        if (name && strcmp(lower, name) == 0)
            return (int)i;
    }
    return -1;
}

static void say_number(GString *says, int64_t number, int64_t none)
{
    if (number == none)
        g_string_append(says, "none");
    else
        g_string_append_printf(says, "%lld", (long long)number);
}

// "0.010" and "0.01" are the same time, "5.0" and "5" too.
static void drop_zeros(GString *text)
{
    const char *point = strchr(text->str, '.');
    while (point && (g_str_has_suffix(text->str, "0") || g_str_has_suffix(text->str, "."))) {
        bool is_point = g_str_has_suffix(text->str, ".");
        g_string_truncate(text, text->len - 1);
        if (is_point)
            break;
    }
}

static void say_seconds(GString *says, int64_t nanos)
{
    if (nanos == NANOS_UNKNOWN) {
        g_string_append(says, "none");
        return;
    }
    uint64_t size = (uint64_t)(nanos < 0 ? -nanos : nanos);
    g_string_append_printf(says, "%s%llu.%09llu", nanos < 0 ? "-" : "",
                           (unsigned long long)size / NANOS_PER_SECOND,
                           (unsigned long long)size % NANOS_PER_SECOND);
    drop_zeros(says);
}

static bool say_record_number(struct question *q, const char *word)
{
    const struct record *r = q->record;
    const struct {
        const char *word;
        int64_t number, none;
    } rows[] = {
        {"requests", r->requests, -1},
        {"responses", r->responses, -1},
        {"complete", r->responses_complete, -1},
        {"outstanding", r->outstanding, -1},
        {"status", r->last_status, 0},
        {"expected", r->expected, LENGTH_UNKNOWN},
        {"received", r->received, -1},
        {"timeout", r->advertised_timeout, ADVERTISED_NONE},
        {"max", r->advertised_max, ADVERTISED_NONE},
        {"syn-retransmits", r->syn_retransmits, -1},
        {"stalled-ms", r->stalled_ms, -1},
        {"reused-after-empty", r->reused_after_empty, -1},
        {"reused-after-body", r->reused_after_body, -1},
        {"strays", (int64_t)q->outcome->counts.strays, -1},
        {"duplicates", (int64_t)q->outcome->counts.duplicates, -1},
        {"exchanges", (int64_t)q->outcome->exchanges, -1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (strcmp(rows[i].word, word) == 0) {
            say_number(q->says, rows[i].number, rows[i].none);
            return true;
        }
    return false;
}

static bool say_end_number(struct question *q, const char *word)
{
    const char *name = q->words[0] ? q->words[0] : "";
    enum side side = strcmp(name, "client") == 0 ? CLIENT : SERVER;
    const struct record *r = q->record;
    const struct {
        const char *word;
        int64_t number;
    } rows[] = {
        {"bytes", (int64_t)r->end[side].bytes},  {"lost", r->end[side].lost},
        {"packets", r->end[side].packets},       {"retransmitted", r->end[side].retransmitted},
        {"probes", r->end[side].probes},         {"unanswered", r->end[side].probes_unanswered},
        {"tail", r->end[side].tail_retransmits},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (strcmp(rows[i].word, word) == 0) {
            g_string_append_printf(q->says, "%s ", side == CLIENT ? "client" : "server");
            say_number(q->says, rows[i].number, -1);
            return true;
        }
    return false;
}

static bool say_time(struct question *q, const char *word)
{
    const struct record *r = q->record;
    if (strcmp(word, "gap") == 0) {
        say_seconds(q->says, r->gap);
    } else if (strcmp(word, "idle-max") == 0) {
        say_seconds(q->says, r->idle_max);
    } else if (strcmp(word, "at") == 0) {
        int moment = find(moments, MOMENTS, q->words[0]);
        if (moment < 0)
            return false;
        struct moment at = r->at[moment];
        g_string_append_printf(q->says, "%s ", q->words[0]);
        say_seconds(q->says, moment_is_set(at) ? at.time - CONVERSATION_TIME : NANOS_UNKNOWN);
    } else {
        return false;
    }
    return true;
}

static bool say_name(struct question *q, const char *word)
{
    static const char *const words[] = {
        [NAME_HOST] = "host",
        [NAME_AGENT] = "agent",
        [NAME_SOFTWARE] = "software",
        [NAME_FIRST_METHOD] = "first-method",
        [NAME_FIRST_TARGET] = "first-target",
        [NAME_LAST_METHOD] = "last-method",
        [NAME_LAST_TARGET] = "last-target",
    };
    int name = find(words, G_N_ELEMENTS(words), word);
    if (name < 0)
        return false;
    const struct names *names = q->outcome->names;
    struct slice text = names_text(names, q->record->names[name]);
    g_string_append_c(q->says, '"');
    g_string_append_len(q->says, (const char *)text.at, (gssize)text.length);
    if (names_is_cut(names, q->record->names[name]))
        g_string_append(q->says, "(cut)");
    return true;
}

static bool say_close(struct question *q, const char *word)
{
    static const char *const by[] = {"nobody", "client", "server"};
    static const char *const how[] = {"", " fin", " rst"};
    const struct record *r = q->record;
    if (strcmp(word, "close") == 0)
        g_string_append_printf(q->says, "%s%s", by[r->close_by], how[r->close_how]);
    else if (strcmp(word, "phase") == 0)
        g_string_append(q->says, phases[r->phase]);
    else if (strcmp(word, "state") == 0 && q->words[0])
        g_string_append_printf(
            q->says, "%s %s", q->words[0],
            tcp_state_name(r->end[strcmp(q->words[0], "client") == 0 ? CLIENT : SERVER].state));
    else
        return false;
    return true;
}

static bool say_cause(struct question *q, const char *word)
{
    if (strcmp(word, "cause") != 0)
        return false;
    struct verdict verdict = rules_judge(q->record);
    g_string_append_printf(q->says, "%s %s", cause_key(verdict.cause),
                           confidence_key(verdict.confidence));
    if (q->words[0] && q->words[1] && q->words[2] && verdict.runner_up != CAUSE_NONE)
        g_string_append_printf(q->says, " %s", cause_key(verdict.runner_up));
    return true;
}

// Those of the facts asked about that are as asked.
static bool say_facts(struct question *q, const char *word)
{
    bool is_present = strcmp(word, "facts") == 0;
    if (!is_present && strcmp(word, "absent") != 0)
        return false;
    for (char **name = q->words; *name; name++) {
        int fact = find(facts, FACTS, *name);
        if (fact < 0)
            return false;
        if (record_has(q->record, (enum fact)fact) == is_present)
            g_string_append_printf(q->says, "%s%s", q->says->len ? " " : "", *name);
    }
    return true;
}

static bool say(struct question *q, const char *word)
{
    return say_record_number(q, word) || say_end_number(q, word) || say_time(q, word) ||
           say_name(q, word) || say_close(q, word) || say_cause(q, word) || say_facts(q, word);
}

static bool check_one(const struct conversation *c, const struct outcome *outcome,
                      const struct wanted *wanted)
{
    if (wanted->record >= outcome->records->len)
        return false;
    g_autoptr(GString) says = g_string_new("");
    struct question q = {
        .conversation = c,
        .outcome = outcome,
        .record = &g_array_index(outcome->records, struct record, wanted->record),
        .words = wanted->words + 1,
        .says = says,
    };
    g_autofree char *joined = g_strjoinv(" ", wanted->words + 1);
    g_autoptr(GString) values = g_string_new(joined);
    drop_zeros(values);
    if (!say(&q, wanted->words[0])) {
        printf("\n    %s:%u: unknown word: %s %s", c->path, wanted->line, wanted->words[0],
               values->str);
        return false;
    }
    if (strcmp(values->str, says->str) == 0)
        return true;
    printf("\n    %s:%u: wanted %s %s, got %s", c->path, wanted->line, wanted->words[0],
           values->str, says->str);
    return false;
}

static void print_turn(const struct turn *t)
{
    static const char letters[] = "FSRPAU", fates[][12] = {"", " lost", " dup", " overtaken"};
    char flags[8] = "";
    for (int i = 0, n = 0; i < 6; i++)
        if (t->flags >> i & 1)
            flags[n++] = letters[i] == 'A' ? '.' : letters[i];
    printf("\n      %3lld.%06lld %c %-3s %u:%u(%u)", (long long)(t->time / NANOS_PER_SECOND),
           (long long)(t->time % NANOS_PER_SECOND / 1000), t->side == CLIENT ? '>' : '<', flags,
           t->seq, t->seq + t->length, t->length);
    if (t->flags & TCP_ACK)
        printf(" ack %u", t->ack);
    if (t->captured != t->length)
        printf(" cut %u", t->captured);
    printf("%s", fates[t->fate]);
}

static void print_facts(const struct record *r)
{
    printf("\n      record:");
    for (int i = 0; i < FACTS; i++)
        if (record_has(r, (enum fact)i))
            printf(" %s;", fact_words((enum fact)i));
}

bool expectation_check(const struct conversation *conversation, const struct outcome *outcome)
{
    bool holds = true;
    if (outcome->records->len != conversation->records) {
        printf("\n    %s:%u: wanted %u records, got %u", conversation->path, conversation->line,
               conversation->records, outcome->records->len);
        holds = false;
    }
    for (guint i = 0; i < conversation->wanted->len; i++)
        holds &= check_one(conversation, outcome,
                           &g_array_index(conversation->wanted, struct wanted, i));
    if (holds)
        return true;
    for (guint i = 0; i < conversation->turns->len; i++)
        print_turn(&g_array_index(conversation->turns, struct turn, i));
    for (guint i = 0; i < outcome->records->len; i++)
        print_facts(&g_array_index(outcome->records, struct record, i));
    printf("\n    ");
    return false;
}
