// SPDX-License-Identifier: BSD-2-Clause
// The words of facts, moments and TCP states, straight from their lists.
#include "engine/facts.h"

#include <stddef.h>

static const char *const facts[] = {
#define FACT(id, words) [FACT_##id] = words,
#include "engine/facts.def"
#undef FACT
};
_Static_assert(sizeof(facts) / sizeof(facts[0]) == FACTS, "every fact has its words");

static const char *const moments[] = {
#define MOMENT(id, words) [AT_##id] = words,
#include "engine/moments.def"
#undef MOMENT
};
_Static_assert(sizeof(moments) / sizeof(moments[0]) == MOMENTS, "every moment has its words");

static const char *const tcp_states[] = {
    [TCP_CLOSED] = "CLOSED",           [TCP_SYN_SENT] = "SYN_SENT",   [TCP_SYN_RECV] = "SYN_RECV",
    [TCP_ESTABLISHED] = "ESTABLISHED", [TCP_FIN_WAIT1] = "FIN_WAIT1", [TCP_FIN_WAIT2] = "FIN_WAIT2",
    [TCP_CLOSE_WAIT] = "CLOSE_WAIT",   [TCP_CLOSING] = "CLOSING",     [TCP_LAST_ACK] = "LAST_ACK",
    [TCP_TIME_WAIT] = "TIME_WAIT",
};
_Static_assert(sizeof(tcp_states) / sizeof(tcp_states[0]) == TCP_STATES, "every state has a name");

const char *fact_words(enum fact fact)
{
    return (size_t)fact < FACTS ? facts[fact] : "";
}

const char *moment_words(enum moment_id moment)
{
    return (size_t)moment < MOMENTS ? moments[moment] : "";
}

const char *tcp_state_name(enum tcp_state state)
{
    return (size_t)state < TCP_STATES ? tcp_states[state] : "";
}
