// SPDX-License-Identifier: BSD-2-Clause
// The names that heads give their connection.
#include "engine/naming.h"

#define TARGET_BYTES    256
#define NAME_BYTES      128
#define METHOD_BYTES    32
#define TARGETS_WAITING 1024
#define FIRSTS_WAITING  32

// The last targets of connections that had another before. While one waits, its place here stands
// in the record instead of its name; places are used in turn.
struct targets {
    struct waiting {
        struct flow *flow; // NULL: nobody's
        uint32_t length;
        uint8_t bytes[TARGET_BYTES + 1]; // one more tells that it was cut
    } waiting[TARGETS_WAITING];
    uint64_t hand; // places used so far
    // First targets get their names together: one by one, heads and names drive each other from the
    // cache.
    struct waiting first[FIRSTS_WAITING];
    uint32_t firsts;
};

void targets_free(struct targets *targets)
{
    g_free(targets);
}

// The id of a text that is most often the connection's own so far, or the last connection's.
static uint32_t name(const struct reading *reading, enum record_name kind, struct slice text)
{
    struct context *context = reading->context;
    uint32_t old = reading->flow->record.names[kind];
    size_t most = kind == NAME_LAST_METHOD ? METHOD_BYTES : NAME_BYTES;
    if (text.length == 0)
        return 0;
    if (text.length > most)
        return names_intern(context->names, text, most);
    if (names_is(context->names, old, text))
        return old;
    if (!names_is(context->names, context->recent[kind], text))
        context->recent[kind] = names_intern(context->names, text, most);
    return context->recent[kind];
}

static uint32_t name_method(const struct reading *reading, const struct head *head)
{
    uint32_t *known = &reading->context->methods[head->known];
    if (head->known == METHOD_OTHER)
        return name(reading, NAME_LAST_METHOD, head->method);
    if (!*known)
        *known = names_intern(reading->context->names, head->method, METHOD_BYTES);
    return *known;
}

// The names of a request's fields; those of fields that are recalled stay the same, unless one was
// beyond the cap.
static struct named name_fields(const struct reading *reading, const struct head *head)
{
    struct named *last = &reading->context->named;
    if (head->recalled && head->recalled == last->recalled)
        return *last;
    struct named named = {head->recalled, name(reading, NAME_AGENT, head->agent),
                          name(reading, NAME_HOST, head->host)};
    if ((named.agent || !head->agent.length) && (named.host || !head->host.length))
        *last = named;
    return named;
}

static void keep_text(struct waiting *waiting, struct flow *flow, struct slice text)
{
    waiting->flow = flow;
    waiting->length = (uint32_t)MIN(text.length, sizeof waiting->bytes);
    memmove(waiting->bytes, text.at, waiting->length); // memcpy() so short becomes rep movs: slower
}

static struct slice kept_text(const struct waiting *waiting)
{
    return slice_of(waiting->bytes, waiting->length);
}

// Names all first targets that wait.
static void name_firsts(const struct context *context)
{
    struct targets *targets = context->targets;
    for (uint32_t i = 0; i < targets->firsts; i++) {
        struct flow *flow = targets->first[i].flow;
        uint32_t id = names_intern(context->names, kept_text(&targets->first[i]), TARGET_BYTES);
        flow->record.names[NAME_FIRST_TARGET] = flow->record.names[NAME_LAST_TARGET] = id;
        flow->flags &= ~(uint32_t)FLOW_FIRST_WAITS;
    }
    targets->firsts = 0;
}

void naming_settle(const struct context *context, struct flow *flow)
{
    if (flow_is(flow, FLOW_FIRST_WAITS))
        name_firsts(context);
    if (!flow_is(flow, FLOW_TARGET_WAITS))
        return;
    uint32_t *last = &flow->record.names[NAME_LAST_TARGET];
    struct waiting *waiting = &context->targets->waiting[*last];
    *last = names_intern(context->names, kept_text(waiting), TARGET_BYTES);
    waiting->flow = NULL;
    flow->flags &= ~(uint32_t)FLOW_TARGET_WAITS;
}

static void let_wait(struct targets *targets, const struct context *context, struct flow *flow,
                     struct slice target)
{
    uint32_t *last = &flow->record.names[NAME_LAST_TARGET];
    if (!flow_is(flow, FLOW_TARGET_WAITS)) {
        *last = targets->hand++ % TARGETS_WAITING;
        // Reading memory that was never written costs a page fault more, and one for all threads.
        if (targets->hand > TARGETS_WAITING && targets->waiting[*last].flow)
            naming_settle(context, targets->waiting[*last].flow);
        flow->flags |= FLOW_TARGET_WAITS;
    }
    keep_text(&targets->waiting[*last], flow, target);
}

static void name_target(struct context *context, struct flow *flow, struct slice target)
{
    if (!context->targets)
        context->targets = g_new0(struct targets, 1);
    struct targets *targets = context->targets;
    if (flow->record.requests == 1) {
        flow->flags |= FLOW_FIRST_WAITS;
        keep_text(&targets->first[targets->firsts++], flow, target);
        if (targets->firsts == FIRSTS_WAITING)
            name_firsts(context);
        return;
    }
    if (flow_is(flow, FLOW_FIRST_WAITS))
        name_firsts(context);
    if (flow_is(flow, FLOW_TARGET_WAITS) ||
        !names_is(context->names, flow->record.names[NAME_LAST_TARGET], target))
        let_wait(targets, context, flow, target);
}

static void change_fields(struct record *record, struct named named)
{
    uint32_t *agent = &record->names[NAME_AGENT], *host = &record->names[NAME_HOST];
    if (*agent && named.agent && *agent != named.agent)
        record->facts |= UINT64_C(1) << FACT_SEVERAL_AGENTS;
    if (*host && named.host && *host != named.host)
        record->facts |= UINT64_C(1) << FACT_SEVERAL_HOSTS;
    *agent = named.agent ? named.agent : *agent;
    *host = named.host ? named.host : *host;
}

void naming_request(struct reading *reading, const struct head *head)
{
    struct flow *flow = reading->flow;
    uint32_t *names = flow->record.names;
    struct named named = name_fields(reading, head);
    if (named.agent != names[NAME_AGENT] || named.host != names[NAME_HOST])
        change_fields(&flow->record, named);
    if (head->flags & HEAD_FORWARDED)
        flow_note(flow, FACT_FORWARDED);
    if (head->flags & HEAD_SMALL)
        flow_note(flow, FACT_SMALL_NAMES);
    names[NAME_LAST_METHOD] = name_method(reading, head);
    name_target(reading->context, flow, head->target);
    if (flow->record.requests == 1)
        names[NAME_FIRST_METHOD] = names[NAME_LAST_METHOD];
}

void naming_response(struct reading *reading, const struct head *head)
{
    uint32_t *names = reading->flow->record.names;
    if (head->server.length && !names[NAME_SOFTWARE])
        names[NAME_SOFTWARE] = name(reading, NAME_SOFTWARE, head->server);
}
