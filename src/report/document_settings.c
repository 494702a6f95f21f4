// SPDX-License-Identifier: BSD-2-Clause
// Inferred settings, conflicts between them, and what other settings would do.
#include "judge/known.h"
#include "report/document_parts.h"
#include "report/setting_words.h"
#include "report/tree.h"

// A time in seconds or a count; NANOS_UNKNOWN is null in both.
static json_object *setting_number(enum setting_kind kind, int64_t value)
{
    if (setting_is_time(kind) || value == NANOS_UNKNOWN)
        return tree_seconds(value);
    return json_object_new_int64(value);
}

static json_object *setting_candidates(const struct setting *setting)
{
    json_object *array = json_object_new_array();
    for (guint i = 0; setting->candidates != NULL && i < setting->candidates->len; i++) {
        const struct known_default *known = g_ptr_array_index(setting->candidates, i);
        json_object *object = json_object_new_object();
        json_object_object_add(object, "product", tree_text(known->product));
        int64_t value = known->value + (known->is_hinted ? setting->hint : 0);
        json_object_object_add(object, "value", setting_number(known->kind, value));
        json_object_object_add(object, "source", tree_text(known->source));
        json_object_array_add(array, object);
    }
    return array;
}

static json_object *document_setting(const struct setting *setting)
{
    json_object *object = json_object_new_object();
    char *words = setting_words(setting);
    json_object_object_add(object, "host", tree_endpoint(&setting->host));
    json_object_object_add(object, "role",
                           tree_text(setting->role == CLIENT ? "client" : "server"));
    json_object_object_add(object, "kind", tree_text(setting_key(setting->kind)));
    json_object_object_add(object, "value", setting_number(setting->kind, setting->value));
    json_object_object_add(object, "low", setting_number(setting->kind, setting->low));
    json_object_object_add(object, "high", setting_number(setting->kind, setting->high));
    json_object_object_add(object, "n", tree_count(setting->n));
    json_object_object_add(object, "advertised",
                           setting_number(setting->kind, setting->advertised));
    json_object_object_add(object, "candidates", setting_candidates(setting));
    json_object_object_add(object, "unit",
                           tree_text(setting_is_time(setting->kind) ? "seconds" : "count"));
    json_object_object_add(object, "words", tree_text(words));
    g_free(words);
    return object;
}

json_object *document_settings(const struct analysis *analysis)
{
    json_object *array = json_object_new_array();
    for (guint i = 0; analysis->settings != NULL && i < analysis->settings->len; i++)
        json_object_array_add(
            array, document_setting(&g_array_index(analysis->settings, struct setting, i)));
    return array;
}

static json_object *document_conflict(const struct analysis *analysis,
                                      const struct conflict *conflict)
{
    json_object *object = json_object_new_object();
    char *words = conflict_words(conflict);
    json_object_object_add(object, "pair", document_pair_index(analysis, conflict->pair));
    json_object_object_add(object, "client_setting", tree_seconds(conflict->client_value));
    json_object_object_add(object, "server_setting", tree_seconds(conflict->server_value));
    json_object_object_add(object, "raced", tree_count(conflict->raced));
    json_object_object_add(object, "would_race", tree_count(conflict->would_race));
    json_object_object_add(object, "advice", tree_seconds(conflict->advice));
    json_object_object_add(object, "acknowledged", tree_count(conflict->acknowledged));
    json_object_object_add(object, "retried", tree_count(conflict->retried));
    json_object_object_add(object, "not_idempotent", tree_count(conflict->not_idempotent));
    json_object_object_add(object, "words", tree_text(words));
    g_free(words);
    return object;
}

json_object *document_conflicts(const struct analysis *analysis)
{
    json_object *array = json_object_new_array();
    for (guint i = 0; analysis->conflicts != NULL && i < analysis->conflicts->len; i++)
        json_object_array_add(
            array,
            document_conflict(analysis, &g_array_index(analysis->conflicts, struct conflict, i)));
    return array;
}

static json_object *what_if_limit(uint32_t limit)
{
    return limit == UINT32_MAX ? NULL : tree_count(limit);
}

static json_object *what_if_timeout(int64_t timeout)
{
    return timeout == INT64_MAX ? NULL : tree_seconds(timeout);
}

static json_object *what_if_point(const struct what_if_point *point)
{
    json_object *object = json_object_new_object();
    json_object_object_add(object, "limit", what_if_limit(point->limit));
    json_object_object_add(object, "idle_timeout", what_if_timeout(point->idle_timeout));
    json_object_object_add(object, "opens", tree_count(point->opens));
    json_object_object_add(object, "closes", tree_count(point->closes));
    json_object_object_add(object, "time_wait_peak", tree_count(point->time_wait_peak));
    return object;
}

static json_object *what_if_captured(const struct what_if *what_if)
{
    const struct what_if_point *point = &what_if->captured;
    json_object *object = json_object_new_object();
    json_object_object_add(object, "limit", what_if_limit(point->limit));
    json_object_object_add(object, "idle_timeout", what_if_timeout(point->idle_timeout));
    json_object_object_add(object, "opens", tree_count(point->opens));
    json_object_object_add(object, "replayed_opens", tree_count(what_if->replayed_opens));
    json_object_object_add(object, "pools", tree_count(what_if->pools));
    json_object_object_add(object, "limit_fitted", json_object_new_boolean(what_if->is_fitted));
    return object;
}

json_object *document_what_if(const struct analysis *analysis)
{
    json_object *array = json_object_new_array();
    for (guint i = 0; analysis->what_ifs != NULL && i < analysis->what_ifs->len; i++) {
        const struct what_if *what_if = &g_array_index(analysis->what_ifs, struct what_if, i);
        json_object *object = json_object_new_object();
        json_object *curve = json_object_new_array();
        for (guint j = 0; what_if->curve != NULL && j < what_if->curve->len; j++)
            json_object_array_add(
                curve, what_if_point(&g_array_index(what_if->curve, struct what_if_point, j)));
        json_object_object_add(object, "pair", document_pair_index(analysis, what_if->pair));
        json_object_object_add(object, "captured", what_if_captured(what_if));
        json_object_object_add(object, "curve", curve);
        json_object_object_add(object, "recommended",
                               what_if->is_off ? NULL : what_if_point(&what_if->recommended));
        json_object_array_add(array, object);
    }
    return array;
}
