// SPDX-License-Identifier: BSD-2-Clause
// Numbers keep the digits given here: json-c would print a double in its own way.
#include "report/tree.h"

#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "capture/address.h"
#include "report/json_text.h"

json_object *tree_seconds(int64_t nanos)
{
    char text[JSON_TEXT_NUMBER];
    if (nanos == NANOS_UNKNOWN)
        return NULL;
    seconds_text(nanos, text);
    return json_object_new_double_s((double)nanos / (double)NANOS_PER_SECOND, text);
}

json_object *tree_time(int64_t time)
{
    char text[JSON_TEXT_NUMBER];
    if (time == NANOS_UNKNOWN)
        return NULL;
    time_text(time, text);
    return json_object_new_string(text);
}

json_object *tree_count(uint64_t count)
{
    return json_object_new_uint64(count);
}

// A quotient has nine decimals, as seconds have.
static json_object *tree_quotient(unsigned __int128 part, uint64_t whole)
{
    if (whole == 0)
        return NULL;
    unsigned __int128 nanos = (part * 1000000000U + whole / 2) / whole;
    return tree_seconds(nanos > INT64_MAX ? INT64_MAX : (int64_t)nanos);
}

json_object *tree_ratio(uint64_t part, uint64_t whole)
{
    return tree_quotient(part, whole);
}

json_object *tree_rate(uint64_t events, int64_t nanos)
{
    if (nanos <= 0)
        return NULL;
    return tree_quotient((unsigned __int128)events * (uint64_t)NANOS_PER_SECOND, (uint64_t)nanos);
}

json_object *tree_number(double number)
{
    char text[64];
    if (!isfinite(number) || fabs(number) > 1e15)
        return NULL;
    size_t length = (size_t)snprintf(text, sizeof text, "%.6f", number);
    while (text[length - 1] == '0')
        length--;
    if (text[length - 1] == '.')
        length--;
    text[length] = '\0';
    return json_object_new_double_s(number, strcmp(text, "-0") == 0 ? "0" : text);
}

json_object *tree_text(const char *text)
{
    if (text == NULL)
        return NULL;
    GString *valid = g_string_new(NULL);
    text_append_safe(valid, slice_of(text, strlen(text)), strlen(text), false);
    json_object *value = json_object_new_string_len(valid->str, (int)valid->len);
    g_string_free(valid, TRUE);
    return value;
}

json_object *tree_name(const struct names *names, uint32_t id, size_t most)
{
    struct slice name = names_text(names, id);
    if (name.length == 0)
        return NULL;
    GString *valid = g_string_new(NULL);
    text_append_safe(valid, name, most, names_is_cut(names, id));
    json_object *value = json_object_new_string_len(valid->str, (int)valid->len);
    g_string_free(valid, TRUE);
    return value;
}

json_object *tree_address(const struct address *address)
{
    char text[ADDRESS_TEXT_BYTES];
    size_t length = address_print(address, text);
    return json_object_new_string_len(text, (int)length);
}

json_object *tree_endpoint(const struct endpoint *endpoint)
{
    json_object *object = json_object_new_object();
    json_object_object_add(object, "address", tree_address(&endpoint->address));
    json_object_object_add(object, "port", endpoint->port ? tree_count(endpoint->port) : NULL);
    return object;
}

json_object *tree_get(json_object *object, const char *key)
{
    json_object *value = NULL;
    if (json_object_is_type(object, json_type_object))
        json_object_object_get_ex(object, key, &value);
    return value;
}

const char *tree_get_text(json_object *object, const char *key)
{
    json_object *value = tree_get(object, key);
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

static bool is_number(json_object *value)
{
    return json_object_is_type(value, json_type_int) ||
           json_object_is_type(value, json_type_double);
}

uint64_t tree_get_count(json_object *object, const char *key)
{
    json_object *value = tree_get(object, key);
    return is_number(value) ? json_object_get_uint64(value) : 0;
}

double tree_get_number(json_object *object, const char *key)
{
    json_object *value = tree_get(object, key);
    return is_number(value) ? json_object_get_double(value) : (double)NAN;
}

bool tree_get_bool(json_object *object, const char *key)
{
    json_object *value = tree_get(object, key);
    return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

json_object *tree_get_array(json_object *object, const char *key)
{
    json_object *value = tree_get(object, key);
    return json_object_is_type(value, json_type_array) ? value : NULL;
}

size_t tree_length(json_object *array)
{
    return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

json_object *tree_at(json_object *array, size_t index)
{
    return index < tree_length(array) ? json_object_array_get_idx(array, index) : NULL;
}
