// SPDX-License-Identifier: BSD-2-Clause
// rules: the table that judges a connection by itself, as it stands in the program.
#include <inttypes.h>

#include "command/command.h"
#include "judge/rules.h"

static const char *const closer_words[] = {"nobody", "client", "server"};

static const char *const phase_words[] = {
    [PHASE_CONNECTING] = "connecting",
    [PHASE_UNUSED] = "unused",
    [PHASE_REQUEST] = "in the request",
    [PHASE_AWAITING] = "awaiting the response",
    [PHASE_ANSWERING] = "response before the request is complete",
    [PHASE_HEAD] = "in the response head",
    [PHASE_BODY] = "in the response body",
    [PHASE_IDLE] = "idle",
    [PHASE_TUNNEL] = "tunnel",
    [PHASE_OPAQUE] = "opaque",
    [PHASE_LOST] = "unreadable",
};

// The words of the bits that are set; nothing when all are.
static void rules_print_set(const char *label, uint32_t bits, const char *const *words,
                            unsigned count)
{
    uint32_t all = (UINT32_C(1) << count) - 1;
    if ((bits & all) == all)
        return;
    const char *between = "";
    printf("    %-10s", label);
    for (unsigned i = 0; i < count; i++)
        if (bits >> i & 1) {
            printf("%s%s", between, words[i]);
            between = " | ";
        }
    putchar('\n');
}

static void rules_print_facts(const char *label, uint64_t facts)
{
    if (!facts)
        return;
    const char *between = "";
    printf("    %-10s", label);
    for (unsigned i = 0; i < FACTS; i++)
        if (facts >> i & 1) {
            printf("%s%s", between, fact_words(i));
            between = "; ";
        }
    putchar('\n');
}

static void rules_print_moments(uint32_t moments)
{
    const char *between = "";
    printf("    %-10s", "evidence");
    for (unsigned i = 0; i < MOMENTS; i++)
        if (moments >> i & 1) {
            printf("%s%s", between, moment_words(i));
            between = "; ";
        }
    putchar('\n');
}

static void rules_print(size_t number, const struct rule *rule)
{
    printf("%zu. %s (%s)", number, cause_key(rule->cause), confidence_key(rule->confidence));
    if (rule->runner_up != CAUSE_NONE)
        printf(", else %s", cause_key(rule->runner_up));
    putchar('\n');
    rules_print_set("closed by", rule->closers, closer_words, G_N_ELEMENTS(closer_words));
    rules_print_set("phase", rule->phases, phase_words, G_N_ELEMENTS(phase_words));
    rules_print_facts("must", rule->must);
    rules_print_facts("must not", rule->must_not);
    if (rule->when_words)
        printf("    %-10s%s\n", "when", rule->when_words);
    rules_print_moments(rule->evidence);
}

static enum status rules_run(int argc, char **argv, stop_flag stop)
{
    (void)stop;
    GError *error = NULL;
    if (!command_parse_none(&command_rules, &argc, &argv, &error))
        return command_misused(&command_rules, error);
    if (argc > 1) {
        error = g_error_new(COMMAND_ERROR, 0, "'%s': rules takes nothing", argv[1]);
        return command_misused(&command_rules, error);
    }
    puts("What one connection alone says. The first rule that holds wins; what other connections\n"
         "say (equal gaps, kept peers, bursts) can replace an idle or outstanding verdict.\n");
    for (size_t i = 0; i < rules_count; i++)
        rules_print(i + 1, &rules[i]);
    return command_flush();
}

const struct command command_rules = {"rules", "", "All rules that judge a connection, in order",
                                      rules_run};
