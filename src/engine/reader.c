// SPDX-License-Identifier: BSD-2-Clause
// The HTTP/1.x reader: one step function per state, each consuming some of the bytes.
#include "engine/reader.h"

#include "engine/message.h"
#include "engine/protocol.h"
#include "engine/shape.h"

static struct reader *reader_of(const struct reading *reading)
{
    return &flow_work(reading->context, reading->flow)->reader[reading->side];
}

static void set_state(const struct reading *reading, enum reader_state state)
{
    reading->flow->reader[reading->side] = (uint8_t)state;
}

// Of a flow that has work.
static void drop_held(const struct reading *reading)
{
    struct reader *reader = &reading->flow->work->reader[reading->side];
    reader->scanned = 0;
    if (!reader->held)
        return;
    reading->context->held_bytes -= reader->held_capacity;
    g_free(reader->held);
    reader->held = NULL;
    reader->held_length = reader->held_capacity = 0;
}

// Reading can't follow: wait for a segment that starts a head.
static size_t lose(struct reading *reading, enum fact fact)
{
    flow_note(reading->flow, fact);
    reading->flow->flags |= FLOW_LOSSY;
    if (reading->flow->work)
        drop_held(reading);
    set_state(reading, READ_LOST);
    return reading->bytes.length;
}

// What is read makes no sense, from `offset` on. The closer did not read what lies beyond its view.
static size_t refuse(struct reading *reading, enum fact fact, size_t offset)
{
    if (message_is_bad(reading, fact, reading->at + offset))
        return lose(reading, fact);
    drop_held(reading);
    set_state(reading, READ_LOST);
    return reading->bytes.length;
}

static enum head_kind kind_of(enum side side)
{
    return side == CLIENT ? HEAD_REQUEST : HEAD_RESPONSE;
}

// Appends to the held part of a head, under the caps; false: no room.
static bool hold(struct reading *reading, struct slice more)
{
    struct context *context = reading->context;
    struct reader *reader = reader_of(reading);
    size_t length = reader->held_length + more.length;
    if (length > context->limits.head_bytes || context->held_bytes > context->limits.parked_total)
        return false;
    if (length > reader->held_capacity) {
        uint32_t capacity = reader->held_capacity ? reader->held_capacity : 512;
        while (capacity < length)
            capacity *= 2;
        context->held_bytes += capacity - reader->held_capacity;
        reader->held = g_realloc(reader->held, capacity);
        reader->held_capacity = capacity;
    }
    memcpy(reader->held + reader->held_length, more.at, more.length);
    reader->held_length = (uint32_t)length;
    return true;
}

static size_t bad_head(struct reading *reading)
{
    return refuse(reading, reading->side == CLIENT ? FACT_BAD_REQUEST : FACT_BAD_RESPONSE, 0);
}

// A complete head, of which `before` bytes came earlier.
static size_t end_head(struct reading *reading, const struct head *head, size_t before)
{
    size_t taken = head->length - before;
    reading->at += taken;
    message_head(reading, head, false);
    reading->at -= taken;
    return taken;
}

static bool is_line_end(uint8_t c)
{
    return c <= '\r' && (c == '\r' || c == '\n');
}

static size_t step_start(struct reading *reading)
{
    size_t blank = 0;
    while (blank < reading->bytes.length && is_line_end(reading->bytes.at[blank]))
        blank++;
    if (blank > 0)
        return blank;
    struct slice most = slice_first(reading->bytes, reading->context->limits.head_bytes);
    struct head head;
    enum head_result result = head_read_first(most, kind_of(reading->side),
                                              &reading->context->memory[reading->side], &head);
    bool is_head = result == HEAD_COMPLETE && !(head.flags & HEAD_H2_PREFACE);
    if (!is_head && protocol_is_other(reading)) {
        set_state(reading, READ_SILENT);
        return 0;
    }
    message_begin(reading);
    set_state(reading, READ_HEAD);
    return is_head ? end_head(reading, &head, 0) : 0;
}

// Whether the first bytes, which came in parts, might have begun a request but are none: then they
// are another protocol's, as in one piece.
static bool turns_out_other(struct reading *reading, struct slice bytes)
{
    struct slice news = reading->bytes;
    reading->bytes = bytes;
    bool is_other = reading->side == CLIENT && bytes.length > news.length &&
                    !reader_of(reading)->is_late && protocol_is_other(reading);
    reading->bytes = news;
    if (is_other)
        message_forget_request(reading->flow);
    return is_other;
}

static size_t step_head(struct reading *reading)
{
    struct reader *reader = reader_of(reading);
    size_t before = reader->held_length;
    struct slice most = slice_first(reading->bytes, reading->context->limits.head_bytes - before);
    struct slice bytes = most;
    if (before > 0) {
        if (!hold(reading, most))
            return lose(reading, FACT_LIMITED);
        bytes = slice_of(reader->held, reader->held_length);
    }
    struct head head;
    enum head_result result = head_read(bytes, kind_of(reading->side), &reader->scanned, &head);
    if (result == HEAD_BAD && turns_out_other(reading, bytes)) {
        drop_held(reading);
        set_state(reading, READ_SILENT);
        return 0;
    }
    if (result == HEAD_BAD)
        return bad_head(reading);
    if (result == HEAD_COMPLETE) {
        message_touch(reading);
        size_t taken = end_head(reading, &head, before);
        if (reading->flow->work)
            drop_held(reading);
        return taken;
    }
    if (before + most.length >= reading->context->limits.head_bytes ||
        (before == 0 && !hold(reading, most)))
        return lose(reading, FACT_LIMITED);
    message_touch(reading);
    return most.length;
}

static size_t step_length(struct reading *reading)
{
    struct reader *reader = reader_of(reading);
    size_t taken = MIN(reader->remaining, reading->bytes.length);
    reader->remaining -= taken;
    reading->flow->record.received += reading->side == SERVER ? (int64_t)taken : 0;
    message_touch(reading);
    reading->at += taken;
    if (reader->remaining == 0)
        message_end(reading);
    reading->at -= taken;
    return taken;
}

static int hex_digit(uint8_t c)
{
    return g_ascii_isxdigit(c) ? g_ascii_xdigit_value((char)c) : -1;
}

// The end of a chunk-size line (RFC 9112 section 7.1).
static void chunk_begins(struct reading *reading)
{
    struct reader *reader = reader_of(reading);
    bool is_last = reader->remaining == 0;
    reader->scanned = 0;
    reader->digits = 0;
    reader->in_extension = false;
    set_state(reading, is_last ? READ_TRAILER : READ_CHUNK_DATA);
}

static size_t step_chunk_size(struct reading *reading)
{
    struct reader *reader = reader_of(reading);
    for (size_t i = 0; i < reading->bytes.length; i++) {
        uint8_t c = reading->bytes.at[i];
        int digit = reader->in_extension ? -1 : hex_digit(c);
        if (++reader->scanned > reading->context->limits.head_bytes)
            return lose(reading, FACT_LIMITED);
        if (digit >= 0 && reader->digits < 15) {
            reader->remaining = reader->remaining << 4 | (unsigned)digit;
            reader->digits++;
        } else if (c == '\n' && reader->digits > 0) {
            chunk_begins(reading);
            message_touch(reading);
            return i + 1;
        } else if (reader->digits > 0 && digit < 0 &&
                   (reader->in_extension || (c && strchr("; \t\r", c)))) {
            reader->in_extension = true;
        } else if (reader->digits > 0 || (c != '\r' && c != '\n')) {
            return refuse(reading, FACT_BAD_FRAMING, i);
        }
    }
    message_touch(reading);
    return reading->bytes.length;
}

static size_t step_chunk_data(struct reading *reading)
{
    struct reader *reader = reader_of(reading);
    size_t taken = MIN(reader->remaining, reading->bytes.length);
    reader->remaining -= taken;
    reading->flow->record.received += reading->side == SERVER ? (int64_t)taken : 0;
    if (reader->remaining == 0)
        set_state(reading, READ_CHUNK_SIZE); // which skips the line end behind the data
    message_touch(reading);
    return taken;
}

// Trailer fields up to the empty line (RFC 9112 section 7.1.2); `digits` is the line's length.
static size_t step_trailer(struct reading *reading)
{
    struct reader *reader = reader_of(reading);
    for (size_t i = 0; i < reading->bytes.length; i++) {
        uint8_t c = reading->bytes.at[i];
        if (++reader->scanned > reading->context->limits.head_bytes)
            return lose(reading, FACT_LIMITED);
        if (c != '\n') {
            reader->digits += c != '\r';
            continue;
        }
        if (reader->digits == 0) {
            reader->scanned = 0;
            message_touch(reading);
            reading->at += i + 1;
            message_end(reading);
            reading->at -= i + 1;
            return i + 1;
        }
        reader->digits = 0;
    }
    message_touch(reading);
    return reading->bytes.length;
}

static size_t step_until_close(struct reading *reading)
{
    reading->flow->record.received += (int64_t)reading->bytes.length;
    message_touch(reading);
    return reading->bytes.length;
}

static size_t step_silent(struct reading *reading)
{
    if (protocol_turns_to_http(reading)) {
        set_state(reading, READ_START);
        return 0;
    }
    protocol_silent(reading);
    return reading->bytes.length;
}

// A message may begin only where a segment does: writers flush heads from their start.
static size_t step_lost(struct reading *reading)
{
    bool is_sure = false;
    bool may_begin = head_may_begin(reading->bytes, kind_of(reading->side), &is_sure);
    if (reading->at_segment_start && may_begin && is_sure) {
        if (!record_has(&reading->flow->record, FACT_MIDSTREAM) || reading->flow->record.responses)
            flow_note(reading->flow, FACT_RESYNCHRONIZED);
        set_state(reading, READ_START);
        return 0;
    }
    if (protocol_is_tls_record(reading))
        return 0;
    bool is_cut = record_has(&reading->flow->record, FACT_HEAD_CUT);
    if ((!is_cut || reading->side == SERVER) && !message_is_beyond(reading, reading->at))
        reading->flow->flags |= FLOW_LOSSY;
    if (is_cut)
        shape_note(reading);
    return reading->bytes.length;
}

static size_t (*const steps[])(struct reading *) = {
    [READ_START] = step_start,
    [READ_HEAD] = step_head,
    [READ_LENGTH] = step_length,
    [READ_CHUNK_SIZE] = step_chunk_size,
    [READ_CHUNK_DATA] = step_chunk_data,
    [READ_TRAILER] = step_trailer,
    [READ_UNTIL_CLOSE] = step_until_close,
    [READ_SILENT] = step_silent,
    [READ_LOST] = step_lost,
};

void reader_bytes(struct reading *reading)
{
    while (reading->bytes.length > 0) {
        size_t taken = steps[reading->flow->reader[reading->side]](reading);
        reading->bytes.at += taken;
        reading->bytes.length -= taken;
        reading->at += taken;
        reading->at_segment_start &= taken == 0;
    }
}

// What was captured of a head cut by the snapshot length, read as if it ended with its last whole
// line.
static void head_is_cut(struct reading *reading)
{
    struct reader *reader = reader_of(reading);
    struct head head;
    size_t scanned = 0;
    while (reader->held_length > 0 && reader->held[reader->held_length - 1] != '\n')
        reader->held_length--;
    flow_note(reading->flow, FACT_HEAD_CUT);
    bool is_read = reader->held_length > 0 && hold(reading, slice_of("\r\n", 2)) &&
                   head_read(slice_of(reader->held, reader->held_length), kind_of(reading->side),
                             &scanned, &head) == HEAD_COMPLETE;
    if (is_read)
        message_head(reading, &head, true);
    if (!is_read || reading->side == SERVER)
        reading->flow->flags |= FLOW_LOSSY;
    if (reading->flow->work)
        drop_held(reading);
    set_state(reading, READ_LOST);
}

void reader_gap(struct reading *reading, uint64_t length, enum gap gap)
{
    struct flow *flow = reading->flow;
    enum reader_state state = flow->reader[reading->side];
    struct reader *reader = flow->work ? &flow->work->reader[reading->side] : NULL;
    if (gap == GAP_CUT)
        flow_note(flow, FACT_SNAPLEN_CUT);
    if (state == READ_SILENT) {
        protocol_silent(reading);
        return;
    }
    bool is_counted = state == READ_LENGTH || state == READ_CHUNK_DATA;
    uint64_t taken = state == READ_UNTIL_CLOSE ? length
                     : is_counted && reader    ? MIN(length, reader->remaining)
                                               : 0;
    flow->record.received += reading->side == SERVER ? (int64_t)taken : 0;
    if (taken > 0 && gap != GAP_LOST)
        message_touch(reading);
    reading->at += taken;
    if (is_counted && reader && (reader->remaining -= taken) == 0) {
        if (state == READ_LENGTH)
            message_end(reading);
        else
            set_state(reading, READ_CHUNK_SIZE);
    }
    if (taken == length)
        return;
    if (gap == GAP_CUT && (state == READ_LOST || state == READ_START))
        shape_note(reading);
    if (state == READ_HEAD && gap == GAP_CUT && reader && reader->held_length > 0)
        head_is_cut(reading);
    else if (!(state == READ_LOST && gap == GAP_CUT && reading->side == CLIENT &&
               record_has(&flow->record, FACT_HEAD_CUT)))
        lose(reading, gap == GAP_CUT ? FACT_HEAD_CUT : FACT_LOST_BYTES);
}

void reader_end(struct reading *reading)
{
    if (reading->flow->reader[reading->side] == READ_UNTIL_CLOSE && reading->side == SERVER)
        message_end(reading);
}

bool reader_is_resting(const struct flow *flow, enum side side)
{
    enum reader_state state = flow->reader[side];
    return state == READ_START || state == READ_SILENT ||
           (state == READ_LOST && !flow_is(flow, FLOW_LOSSY));
}
