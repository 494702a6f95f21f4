// SPDX-License-Identifier: BSD-2-Clause
// Reads conversations from text.
#include "tests/conversation.h"

#include <stdlib.h>

#define ISN_CLIENT 1000
#define ISN_SERVER 500000

// What is being read: the file, the conversation at hand, and where both sides stand.
struct script {
    GPtrArray *all;
    struct conversation *now;
    const char *path;
    unsigned line;
    int64_t time;
    uint32_t base[2], next[2]; // offset of the SYN, and of what comes next, per side
    uint32_t before[2];        // what came next before the side's last line
    bool is_known[2];          // the side has sent something
    uint16_t ids[2];
    bool is_expecting;
};

static void conversation_free(struct conversation *c)
{
    for (guint i = 0; i < c->wanted->len; i++)
        g_strfreev(g_array_index(c->wanted, struct wanted, i).words);
    g_array_free(c->wanted, TRUE);
    g_array_free(c->turns, TRUE);
    g_string_free(c->payload, TRUE);
    g_free(c->name);
    g_free(c->path);
    g_free(c);
}

static bool fail(const struct script *script, GError **error, const char *what, const char *word)
{
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s:%u: %s: %s", script->path,
                script->line, what, word ? word : "(end of line)");
    return false;
}

static void begin(struct script *script, const char *name)
{
    struct conversation *c = g_new0(struct conversation, 1);
    c->name = g_strdup(name);
    c->path = g_strdup(script->path);
    c->line = script->line;
    c->turns = g_array_new(FALSE, TRUE, sizeof(struct turn));
    c->wanted = g_array_new(FALSE, TRUE, sizeof(struct wanted));
    c->payload = g_string_new("");
    c->isn[CLIENT] = ISN_CLIENT;
    c->isn[SERVER] = ISN_SERVER;
    g_ptr_array_add(script->all, c);
    GPtrArray *all = script->all;
    *script = (struct script){.all = all, .now = c, .path = script->path, .line = script->line};
}

// Seconds with up to nine decimals, without a detour through double.
static bool read_seconds(const char *text, int64_t *nanos)
{
    char *end;
    *nanos = (int64_t)strtoul(text, &end, 10) * NANOS_PER_SECOND;
    if (end == text)
        return false;
    int64_t unit = NANOS_PER_SECOND;
    if (*end == '.')
        for (end++; *end >= '0' && *end <= '9' && unit > 1; end++)
            *nanos += (*end - '0') * (unit /= 10);
    return *end == '\0';
}

static bool read_flags(const char *word, uint8_t *flags)
{
    static const char letters[] = "FSRP.U"; // in the order of their bits
    *flags = 0;
    for (const char *p = word; *p; p++) {
        const char *letter = strchr(letters, *p);
        if (!letter)
            return false;
        *flags |= (uint8_t)(1 << (letter - letters));
    }
    return *flags != 0;
}

static void append_body(GString *payload, uint32_t length)
{
    while (length--)
        g_string_append_c(payload, 'x');
}

// Words that say something about the segment; each takes `count` numbers.
enum option {
    CROSSING,
    SEQ,
    ACK,
    ISN,
    WIN,
    WSCALE,
    TTL,
    ID,
    TS,
    SACK,
    CUT,
    LOST,
    DUP,
    OVERTAKEN,
    BODY,
    OK
};
static const struct {
    const char *word;
    enum option option;
    int count;
} options[] = {
    {"crossing", CROSSING, 0},
    {"seq", SEQ, 1},
    {"ack", ACK, 1},
    {"isn", ISN, 1},
    {"win", WIN, 1},
    {"ttl", TTL, 1},
    {"wscale", WSCALE, 1},
    {"id", ID, 1},
    {"ts", TS, 1},
    {"sack", SACK, 0},
    {"cut", CUT, 1},
    {"lost", LOST, 0},
    {"dup", DUP, 0},
    {"overtaken", OVERTAKEN, 0},
    {"body", BODY, 1},
    {"ok", OK, 1},
};

// A segment line while it is read.
struct draft {
    struct turn turn;
    bool has_seq, has_ack, has_flags;
};

static void take_option(struct script *script, struct draft *d, enum option option, uint32_t n)
{
    struct turn *t = &d->turn;
    GString *payload = script->now->payload;
    if (option == CROSSING) {
        t->ack = script->before[!t->side];
        d->has_ack = true;
    } else if (option == SEQ) {
        t->seq = n + script->base[t->side];
        d->has_seq = true;
    } else if (option == ACK) {
        t->ack = n + script->base[!t->side];
        d->has_ack = true;
    } else if (option == ISN) {
        script->base[t->side] = script->next[t->side] = n;
    } else if (option == WIN) {
        t->window = n;
    } else if (option == WSCALE) {
        t->shift = n;
    } else if (option == TTL) {
        t->ttl = n;
    } else if (option == ID) {
        t->ip_id = n;
    } else if (option == TS) {
        t->timestamp = n;
        t->has_timestamp = true;
    } else if (option == SACK) {
        t->has_sack = true;
    } else if (option == CUT) {
        t->captured = n;
    } else if (option == BODY) {
        append_body(payload, n);
    } else if (option == OK) {
        g_string_append_printf(payload, "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n", n);
        append_body(payload, n);
    } else {
        t->fate = option == LOST ? FATE_LOST : option == DUP ? FATE_TWICE : FATE_OVERTAKEN;
    }
}

// get, head and post; returns how many words were taken, 0 when it is none of them.
static int take_request(struct script *script, char **words)
{
    GString *payload = script->now->payload;
    bool is_post = strcmp(words[0], "post") == 0;
    if (!is_post && strcmp(words[0], "get") != 0 && strcmp(words[0], "head") != 0)
        return 0;
    if (!words[1] || (is_post && !words[2]))
        return 0;
    g_autofree char *method = g_ascii_strup(words[0], -1);
    g_string_append_printf(payload, "%s %s HTTP/1.1\r\nHost: a\r\n", method, words[1]);
    if (is_post)
        g_string_append_printf(payload, "Content-Length: %s\r\n", words[2]);
    g_string_append(payload, "\r\n");
    return is_post ? 3 : 2;
}

// One option or piece of payload; returns how many words it took, 0 when unknown.
static int take_word(struct script *script, struct draft *draft, char **words)
{
    if (words[0][0] == '"') {
        g_string_append_len(script->now->payload, words[0] + 1, (gssize)strlen(words[0] + 1));
        return 1;
    }
    if (strcmp(words[0], "hex") == 0 && words[1]) {
        for (const char *p = words[1]; p[0] && p[1]; p += 2)
            g_string_append_c(script->now->payload,
                              (char)(g_ascii_xdigit_value(p[0]) << 4 | g_ascii_xdigit_value(p[1])));
        return 2;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        if (strcmp(words[0], options[i].word) != 0)
            continue;
        uint64_t number = 0;
        if (options[i].count &&
            (!words[1] || !g_ascii_string_to_unsigned(words[1], 10, 0, UINT32_MAX, &number, NULL)))
            return 0;
        take_option(script, draft, options[i].option, (uint32_t)number);
        return 1 + options[i].count;
    }
    return take_request(script, words);
}

// Fills in what the line leaves out, and moves its side on.
static void complete(struct script *script, struct draft *draft)
{
    struct turn *t = &draft->turn;
    enum side side = t->side;
    t->length = (uint32_t)(script->now->payload->len - t->payload_at);
    if (!draft->has_flags)
        t->flags = t->length ? TCP_PSH | TCP_ACK : TCP_ACK;
    if (!script->is_known[side] && !(t->flags & TCP_SYN))
        script->next[side]++;
    script->before[side] = script->next[side];
    if (!draft->has_seq)
        t->seq = script->next[side];
    if (!draft->has_ack)
        t->ack = script->is_known[!side] ? script->next[!side] : script->base[!side] + 1;
    t->captured = MIN(t->captured, t->length);
    if (t->ip_id == UINT32_MAX)
        t->ip_id = ++script->ids[side];
    uint32_t end = t->seq + t->length + !!(t->flags & TCP_SYN) + !!(t->flags & TCP_FIN);
    if (!(t->flags & TCP_RST) && (int32_t)(end - script->next[side]) > 0)
        script->next[side] = end;
    script->is_known[side] = true;
}

static bool read_turn(struct script *script, char **words, GError **error)
{
    bool is_relative = words[0][0] == '+';
    int64_t time;
    if (!read_seconds(words[0] + is_relative, &time))
        return fail(script, error, "no time", words[0]);
    script->time = is_relative ? script->time + time : time;
    if (!words[1] || (strcmp(words[1], ">") != 0 && strcmp(words[1], "<") != 0))
        return fail(script, error, "no side", words[1]);
    struct draft draft = {.turn = {.line = script->line, .time = script->time}};
    struct turn *t = &draft.turn;
    t->side = words[1][0] == '>' ? CLIENT : SERVER;
    t->payload_at = script->now->payload->len;
    t->captured = UINT32_MAX;
    t->window = 65535;
    t->shift = WINDOW_SHIFT_NONE;
    t->ttl = 64;
    t->ip_id = UINT32_MAX;
    words += 2;
    if (*words && read_flags(*words, &t->flags)) {
        draft.has_flags = true;
        words++;
    }
    while (*words) {
        int taken = take_word(script, &draft, words);
        if (taken == 0)
            return fail(script, error, "unknown", *words);
        words += taken;
    }
    complete(script, &draft);
    g_array_append_val(script->now->turns, draft.turn);
    return true;
}

// Appends the character after a backslash; returns how many bytes of text it took.
static int unescape(GString *out, const char *p)
{
    static const char from[] = "rnt\"\\", to[] = "\r\n\t\"\\";
    if (p[0] == 'x' && g_ascii_isxdigit(p[1]) && g_ascii_isxdigit(p[2])) {
        g_string_append_c(out,
                          (char)(g_ascii_xdigit_value(p[1]) << 4 | g_ascii_xdigit_value(p[2])));
        return 3;
    }
    const char *found = p[0] ? strchr(from, p[0]) : NULL;
    g_string_append_c(out, found ? to[found - from] : p[0]);
    return p[0] ? 1 : 0;
}

// Words separated by blanks; a quoted one keeps its opening quote. Commas end up as words.
static char **split(const char *text)
{
    GPtrArray *words = g_ptr_array_new();
    for (const char *p = text; *p;) {
        GString *word = g_string_new("");
        if (*p == '"') {
            g_string_append_c(word, *p++);
            while (*p && *p != '"')
                p += *p == '\\' ? 1 + unescape(word, p + 1) : (g_string_append_c(word, *p), 1);
            p += *p == '"';
        } else if (*p == ',') {
            g_string_append_c(word, *p++);
        } else {
            while (*p && *p != ' ' && *p != ',')
                g_string_append_c(word, *p++);
        }
        if (word->len)
            g_ptr_array_add(words, g_string_free(word, FALSE));
        else
            g_string_free(word, TRUE);
        while (*p == ' ')
            p++;
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

// "expect" words: pairs are divided by commas.
static void take_wanted(struct script *script, char **words)
{
    while (*words) {
        GPtrArray *pair = g_ptr_array_new();
        for (; *words && strcmp(*words, ",") != 0; words++)
            g_ptr_array_add(pair, g_strdup(*words));
        words += *words != NULL;
        g_ptr_array_add(pair, NULL);
        struct wanted wanted = {script->line, script->now->records - 1,
                                (char **)g_ptr_array_free(pair, FALSE)};
        g_array_append_val(script->now->wanted, wanted);
    }
}

static bool read_handshake(struct script *script, GError **error)
{
    static const char *const lines[] = {"0 > S", "0.001 < S.", "0.002 > ."};
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_auto(GStrv) words = split(lines[i]);
        if (!read_turn(script, words, error))
            return false;
    }
    return true;
}

static bool read_line(struct script *script, char *text, GError **error)
{
    if (text[0] == '#' || text[0] == '\0')
        return true;
    if (g_str_has_prefix(text, "== ")) {
        begin(script, text + 3);
        return true;
    }
    if (!script->now)
        return fail(script, error, "no conversation began", text);
    g_auto(GStrv) words = split(text);
    if (!words[0])
        return true;
    bool is_expect = strcmp(words[0], "expect") == 0;
    if (is_expect && words[1] && strcmp(words[1], "nothing") == 0) {
        script->is_expecting = true;
        return true;
    }
    if (is_expect) {
        script->is_expecting = true;
        script->now->records++;
    }
    if (strcmp(words[0], "handshake") == 0)
        return read_handshake(script, error);
    if (!script->is_expecting)
        return read_turn(script, words, error);
    take_wanted(script, words + is_expect);
    return true;
}

GPtrArray *conversation_load(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)conversation_free);
    struct script script = {.all = all, .path = path};
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        script.line++;
        if (!read_line(&script, g_strstrip(*line), error)) {
            g_ptr_array_unref(all);
            return NULL;
        }
    }
    return all;
}
