// SPDX-License-Identifier: BSD-2-Clause
// Ten bins per decade from 1 ms on; what is shorter is in the first, what is longer in the last.
#include "report/html_gaps.h"

#include <math.h>

#include "base/embedded.h"
#include "report/html_parts.h"

#define PER_DECADE    10
#define DECADES       7 // 1 ms to 10,000 s
#define BINS          (PER_DECADE * DECADES)
#define LEAST         0.001
#define IDLE          0.5 // seconds: from here on a gap is idle time, as for causes
#define LEAST_DECADES 3
#define LETTERS       26
#define CLOSE         0.03 // of the axis: letters nearer than that would touch
#define LINES         3

enum closer { BY_CLIENT, BY_SERVER, BY_OTHER, CLOSERS };

struct timeout {
    double seconds;
    size_t setting; // index
};

struct html_gaps {
    uint64_t counts[CLOSERS][BINS];
    uint64_t total;
};

struct html_gaps *html_gaps_new(void)
{
    return g_new0(struct html_gaps, 1);
}

void html_gaps_free(struct html_gaps *gaps)
{
    g_free(gaps);
}

static unsigned bin_of(double seconds)
{
    double bin = seconds <= LEAST ? 0 : log10(seconds / LEAST) * PER_DECADE + 1e-9;
    return bin >= BINS - 1 ? BINS - 1 : (unsigned)bin;
}

static double bin_begin(unsigned bin)
{
    return LEAST * pow(10, (double)bin / PER_DECADE);
}

void html_gaps_add(struct html_gaps *gaps, json_object *row)
{
    double gap = tree_get_number(row, "idle_before_close_seconds");
    const char *by = tree_get_text(tree_get(row, "close"), "by");
    enum closer closer = strcmp(by, "client") == 0   ? BY_CLIENT
                         : strcmp(by, "server") == 0 ? BY_SERVER
                                                     : BY_OTHER;
    if (!(gap >= 0))
        return;
    gaps->counts[closer][bin_of(gap)]++;
    gaps->total++;
}

static uint64_t bin_sum(const struct html_gaps *gaps, unsigned bin)
{
    return gaps->counts[BY_CLIENT][bin] + gaps->counts[BY_SERVER][bin] +
           gaps->counts[BY_OTHER][bin];
}

// The range of the axis in whole decades around what there is.
struct axis {
    unsigned first, end; // bins
    uint64_t most;       // connections that a full column stands for
};

static struct axis axis_of(const struct html_gaps *gaps)
{
    struct axis axis = {BINS, 0, 0};
    uint64_t idle = 0;
    for (unsigned i = 0; i < BINS; i++) {
        uint64_t sum = bin_sum(gaps, i);
        if (sum == 0)
            continue;
        axis.first = MIN(axis.first, i);
        axis.end = i + 1;
        axis.most = MAX(axis.most, sum);
        if (bin_begin(i) >= IDLE)
            idle = MAX(idle, sum);
    }
    // Closes at once are often so many that timeouts would vanish beside them.
    if (idle > 0 && axis.most > idle * 4)
        axis.most = idle * 2;
    // Whole decades, at least three, with room for marks at the edges.
    axis.first -= axis.first % PER_DECADE;
    axis.end = (axis.end / PER_DECADE + 1) * PER_DECADE;
    for (bool is_low = true; axis.end - axis.first < LEAST_DECADES * PER_DECADE; is_low = !is_low) {
        if (is_low && axis.first > 0)
            axis.first -= PER_DECADE;
        else if (!is_low && axis.end < BINS)
            axis.end += PER_DECADE;
    }
    axis.end = MIN(axis.end, BINS);
    return axis;
}

static char *place_of(const struct axis *axis, double seconds)
{
    double bin = log10(MAX(seconds, LEAST) / LEAST) * PER_DECADE - axis->first;
    return html_part(bin, axis->end - axis->first);
}

static bool is_inside(const struct axis *axis, double seconds)
{
    return seconds >= bin_begin(axis->first) && seconds <= bin_begin(axis->end);
}

static char *bin_words(const struct html_gaps *gaps, unsigned bin)
{
    char *from = bin == 0 ? g_strdup("0") : html_seconds(bin_begin(bin));
    char *to = html_seconds(bin_begin(bin + 1));
    char *words =
        g_strdup_printf("%s to %s: %" G_GUINT64_FORMAT " closed by the client, "
                        "%" G_GUINT64_FORMAT " by the server",
                        from, to, gaps->counts[BY_CLIENT][bin], gaps->counts[BY_SERVER][bin]);
    g_free(from);
    g_free(to);
    return words;
}

// The rectangles of one bin, one on the other.
static void add_column(json_object *list, const struct html_gaps *gaps, const struct axis *axis,
                       unsigned bin)
{
    static const char *const names[] = {"client", "server", "network"};
    double bins = axis->end - axis->first, top = 0;
    double whole = (double)MAX(axis->most, bin_sum(gaps, bin));
    for (int by = 0; by < CLOSERS; by++) {
        double count = (double)gaps->counts[by][bin];
        if (count == 0)
            continue;
        json_object *object = json_object_new_object();
        top += count;
        html_put_words(object, "by", names[by]);
        html_put(object, "x", html_part(bin - axis->first + 0.06, bins));
        html_put(object, "width", html_part(0.88, bins));
        html_put(object, "y", html_part(whole - top, whole));
        html_put(object, "height", html_part(count, whole));
        html_put(object, "words", bin_words(gaps, bin));
        json_object_array_add(list, object);
    }
}

static json_object *chart_bars(const struct html_gaps *gaps, const struct axis *axis)
{
    json_object *list = json_object_new_array();
    for (unsigned i = axis->first; i < axis->end; i++)
        add_column(list, gaps, axis, i);
    return list;
}

// Columns that are higher than the chart say how high.
static json_object *chart_cuts(const struct html_gaps *gaps, const struct axis *axis)
{
    json_object *list = json_object_new_array();
    for (unsigned i = axis->first; i < axis->end; i++) {
        if (bin_sum(gaps, i) <= axis->most)
            continue;
        json_object *object = json_object_new_object();
        html_put(object, "x", html_part(i - axis->first, axis->end - axis->first));
        html_put(object, "count", text_count(bin_sum(gaps, i)));
        json_object_array_add(list, object);
    }
    return list;
}

static json_object *chart_ticks(const struct axis *axis)
{
    json_object *list = json_object_new_array();
    for (unsigned i = axis->first; i <= axis->end; i += PER_DECADE) {
        static const char *const labels[DECADES + 1] = {"≤ 1 ms", "10 ms", "100 ms",  "1 s",
                                                        "10 s",   "100 s", "1,000 s", "10,000 s"};
        json_object *object = json_object_new_object();
        html_put(object, "x", html_part(i - axis->first, axis->end - axis->first));
        html_put_words(object, "label", labels[i / PER_DECADE]);
        html_put_words(object, "anchor",
                       i == axis->first ? "start"
                       : i == axis->end ? "end"
                                        : "middle");
        json_object_array_add(list, object);
    }
    return list;
}

// Inferred idle timeouts that lie on the axis.
static GArray *timeouts_of(const struct axis *axis, json_object *document)
{
    json_object *settings = tree_get_array(document, "settings");
    GArray *timeouts = g_array_new(FALSE, FALSE, sizeof(struct timeout));
    for (size_t i = 0; i < tree_length(settings) && timeouts->len < LETTERS; i++) {
        json_object *setting = tree_at(settings, i);
        struct timeout timeout = {tree_get_number(setting, "value"), i};
        if (strcmp(tree_get_text(setting, "kind"), "idle-timeout") == 0 &&
            is_inside(axis, timeout.seconds))
            g_array_append_val(timeouts, timeout);
    }
    return timeouts;
}

static int compare_timeouts(const void *a, const void *b)
{
    const struct timeout *one = a, *other = b;
    return (one->seconds > other->seconds) - (one->seconds < other->seconds);
}

// A letter for each; where they are too close for one line, in lines one below the other.
static json_object *chart_marks(const struct axis *axis, json_object *document)
{
    json_object *settings = html_settings(document), *list = json_object_new_array();
    GArray *timeouts = timeouts_of(axis, document);
    double last = -HUGE_VAL;
    unsigned line = 0;
    g_array_sort(timeouts, compare_timeouts);
    for (guint i = 0; i < timeouts->len; i++) {
        struct timeout timeout = g_array_index(timeouts, struct timeout, i);
        json_object *setting = tree_at(settings, timeout.setting);
        double place = log10(timeout.seconds) * PER_DECADE / (axis->end - axis->first);
        line = place - last < CLOSE ? (line + 1) % LINES : 0;
        last = place;
        html_put(setting, "letter", g_strdup_printf("%c", (int)('A' + i)));
        html_put(setting, "x", place_of(axis, timeout.seconds));
        html_put(setting, "y", g_strdup_printf("%u", 12 + 13 * line));
        json_object_array_add(list, json_object_get(setting));
    }
    g_array_free(timeouts, TRUE);
    json_object_put(settings);
    return list;
}

static void add_known(GHashTable *values, GKeyFile *file, const char *group)
{
    char *kind = g_key_file_get_string(file, group, "kind", NULL);
    char *product = g_key_file_get_string(file, group, "product", NULL);
    double value = g_key_file_get_double(file, group, "value", NULL);
    if (g_strcmp0(kind, "idle-timeout") == 0 && product != NULL && value > 0) {
        gpointer key = GUINT_TO_POINTER((unsigned)(value * 1000));
        const char *before = g_hash_table_lookup(values, key);
        g_hash_table_replace(values, key,
                             before ? g_strconcat(before, "; ", product, NULL) : g_strdup(product));
    }
    g_free(kind);
    g_free(product);
}

// Milliseconds -> products, of the embedded table.
static GHashTable *known_values(void)
{
    GHashTable *values = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    GKeyFile *file = g_key_file_new();
    struct slice data = embedded_find("known-defaults.ini");
    if (data.length > 0)
        g_key_file_load_from_data(file, (const char *)data.at, data.length, G_KEY_FILE_NONE, NULL);
    char **groups = g_key_file_get_groups(file, NULL);
    for (char **group = groups; *group != NULL; group++)
        add_known(values, file, *group);
    g_strfreev(groups);
    g_key_file_free(file);
    return values;
}

static int compare_known(const void *a, const void *b)
{
    unsigned one = GPOINTER_TO_UINT(a), other = GPOINTER_TO_UINT(b);
    return (one > other) - (one < other);
}

// Connections whose gap lies in the bin of this value or in the next: they may show this default.
static uint64_t count_near(const struct html_gaps *gaps, double seconds)
{
    unsigned bin = bin_of(seconds);
    return bin_sum(gaps, bin) + (bin + 1 < BINS ? bin_sum(gaps, bin + 1) : 0);
}

// Known defaults within the axis; those beside connections are listed with their products.
static void put_known(json_object *chart, const struct html_gaps *gaps, const struct axis *axis)
{
    GHashTable *values = known_values();
    GList *keys = g_list_sort(g_hash_table_get_keys(values), compare_known);
    json_object *ticks = json_object_new_array(), *near = json_object_new_array();
    for (GList *key = keys; key != NULL; key = key->next) {
        double seconds = GPOINTER_TO_UINT(key->data) / 1000.0;
        if (!is_inside(axis, seconds))
            continue;
        json_object *object = json_object_new_object();
        html_put(object, "x", place_of(axis, seconds));
        html_put(object, "value", html_seconds(seconds));
        html_put_words(object, "products", g_hash_table_lookup(values, key->data));
        json_object_array_add(ticks, object);
        if (count_near(gaps, seconds) > 0)
            json_object_array_add(near, json_object_get(object));
    }
    html_put_list(chart, "known", ticks);
    html_put_list(chart, "near", near);
    g_list_free(keys);
    g_hash_table_destroy(values);
}

json_object *html_gaps_chart(const struct html_gaps *gaps, json_object *document)
{
    if (gaps->total == 0)
        return NULL;
    struct axis axis = axis_of(gaps);
    json_object *chart = json_object_new_object();
    html_put(chart, "total", text_plural(gaps->total, "connection"));
    html_put(chart, "most", text_count(axis.most));
    html_put_list(chart, "bars", chart_bars(gaps, &axis));
    html_put_list(chart, "cuts", chart_cuts(gaps, &axis));
    html_put_list(chart, "ticks", chart_ticks(&axis));
    html_put_list(chart, "marks", chart_marks(&axis, document));
    put_known(chart, gaps, &axis);
    return chart;
}
