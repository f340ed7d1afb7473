/* common/format/json.c - JSON values in and out. A struct json is a json_t.
 */
#include <jansson.h>
/* Macros of jansson under names of ours. */
#undef json_is_object
#undef json_is_array
#undef json_is_number
#undef json_is_true
#undef json_is_null

#include "common/format/json.h"

#include <assert.h>
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"

enum {
    DEPTH_LIMIT = 32,
    /* 15 digits: what was written 0.1 stays 0.1 */
    WRITE_FLAGS = JSON_ENCODE_ANY | JSON_REAL_PRECISION(15)
};

static json_t *inside(const struct json *value) { return (json_t *)value; }

static struct json *outside(json_t *value) { return (struct json *)value; }

/* ---- memory ---- */

static bool wipes; /* set before there is a second thread */

static void free_wiping(void *memory)
{
    if (memory == NULL)
        return;
    mem_wipe(memory, malloc_usable_size(memory));
    free(memory);
}

void json_wipe_freed(void)
{
    wipes = true;
    json_set_alloc_funcs(malloc, free_wiping);
}

/* ---- reading ---- */

struct scan {
    int line, column, depth;
    bool in_text, escaped;
};

static void scan_byte(struct scan *scan, uint8_t byte)
{
    scan->column++;
    if (byte == '\n') {
        scan->line++;
        scan->column = 0;
    }
    if (scan->escaped)
        scan->escaped = false;
    else if (byte == '\\')
        scan->escaped = scan->in_text;
    else if (byte == '"')
        scan->in_text = !scan->in_text;
    else if (!scan->in_text && (byte == '[' || byte == '{'))
        scan->depth++;
    else if (!scan->in_text && (byte == ']' || byte == '}'))
        scan->depth--;
}

/* What jansson would let pass or recurse into: NUL and 2048 levels. */
static bool is_tame(struct bytes text, struct error *err)
{
    struct scan scan = {.line = 1};

    for (size_t i = 0; i < text.size; i++) {
        scan_byte(&scan, text.data[i]);
        if (text.data[i] == 0 || scan.depth > DEPTH_LIMIT) {
            (void)error_set(err, ERR_INVALID, "line %d column %d: %s",
                            scan.line, scan.column,
                            text.data[i] == 0 ? "a NUL byte"
                                              : "nested too deeply");
            return false;
        }
    }
    return true;
}

struct json *json_parse(struct bytes text, struct error *err)
{
    json_error_t why;
    json_t *value;
    char *near_text;

    if (!is_tame(text, err))
        return NULL;
    value = json_loadb(text.size > 0 ? (const char *)text.data : "", text.size,
                       JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (value == NULL) {
        /* Behind "near" stands what came in: not for a log. */
        if ((near_text = strstr(why.text, " near '")) != NULL)
            *near_text = '\0';
        (void)error_set(err, ERR_INVALID, "line %d column %d: %s", why.line,
                        why.column, why.text);
    }
    return outside(value);
}

void json_free(struct json **value)
{
    json_decref(inside(*value));
    *value = NULL;
}

static void wipe_texts(json_t *value)
{
    const char *key;
    json_t *member;
    size_t i;

    if (json_is_string(value))
        mem_wipe((char *)(uintptr_t)json_string_value(value),
                 json_string_length(value));
    json_object_foreach(value, key, member) wipe_texts(member);
    json_array_foreach(value, i, member) wipe_texts(member);
}

void json_wipe(struct json **value)
{
    if (*value != NULL)
        wipe_texts(inside(*value));
    json_free(value);
}

bool json_is_object(const struct json *value)
{
    return value != NULL && json_typeof(inside(value)) == JSON_OBJECT;
}

bool json_is_array(const struct json *value)
{
    return value != NULL && json_typeof(inside(value)) == JSON_ARRAY;
}

bool json_is_text(const struct json *value)
{
    return json_is_string(inside(value));
}

bool json_is_number(const struct json *value)
{
    return json_is_integer(inside(value)) || json_is_real(inside(value));
}

bool json_is_true(const struct json *value)
{
    return value != NULL && json_typeof(inside(value)) == JSON_TRUE;
}

bool json_is_bool(const struct json *value)
{
    return json_is_true(value) || json_is_false(inside(value));
}

bool json_is_null(const struct json *value)
{
    return value != NULL && json_typeof(inside(value)) == JSON_NULL;
}

const struct json *json_get(const struct json *object, const char *key)
{
    return outside(json_object_get(inside(object), key));
}

struct json *json_take(const struct json *object, const char *key)
{
    return outside(json_incref(inside(json_get(object, key))));
}

const struct json *json_at(const struct json *array, size_t index)
{
    return outside(json_array_get(inside(array), index));
}

struct json *json_take_at(const struct json *array, size_t index)
{
    return outside(json_incref(inside(json_at(array, index))));
}

size_t json_count(const struct json *array_or_object)
{
    return json_is_array(array_or_object)
               ? json_array_size(inside(array_or_object))
               : json_object_size(inside(array_or_object));
}

const char *json_text(const struct json *value)
{
    return json_string_value(inside(value));
}

const char *json_get_text(const struct json *object, const char *key)
{
    return json_text(json_get(object, key));
}

bool json_get_i64(const struct json *object, const char *key, int64_t *out)
{
    const json_t *value = json_object_get(inside(object), key);

    if (!json_is_integer(value))
        return false;
    *out = json_integer_value(value);
    return true;
}

bool json_get_real(const struct json *object, const char *key, double *out)
{
    const struct json *value = json_get(object, key);

    if (!json_is_number(value))
        return false;
    *out = json_number_value(inside(value));
    return true;
}

bool json_get_flag(const struct json *object, const char *key)
{
    return json_is_true(json_get(object, key));
}

int json_each(const struct json *object,
              int (*each)(void *context, const char *key,
                          const struct json *value),
              void *context)
{
    json_t *o = inside(object);

    for (void *at = json_object_iter(o); at != NULL;
         at = json_object_iter_next(o, at)) {
        int rc = each(context, json_object_iter_key(at),
                      outside(json_object_iter_value(at)));

        if (rc != 0)
            return rc;
    }
    return 0;
}

/* ---- writing ---- */

/* NULL here is memory that ran out. */
static struct json *made(json_t *value)
{
    assert(value != NULL);
    return outside(value);
}

struct json *json_object_new(void) { return made(json_object()); }

struct json *json_array_new(void) { return made(json_array()); }

/* Texts of ours are UTF-8; a file's name or the system's message may not be. */
static struct json *text_new(const char *text)
{
    json_t *value;
    char *plain;

    if (text == NULL)
        return made(json_null());
    if ((value = json_string(text)) != NULL)
        return outside(value);
    plain = mem_text(text);
    for (char *at = plain; *at != '\0'; at++)
        if ((unsigned char)*at >= 0x80)
            *at = '?';
    value = json_string(plain);
    mem_free(&plain);
    return made(value);
}

void json_set(struct json *object, const char *key, struct json *value)
{
    int rc = json_object_set_new(inside(object), key,
                                 value != NULL ? inside(value) : json_null());

    assert(rc == 0); /* not an object, a key that is not UTF-8, a cycle */
}

void json_set_text(struct json *object, const char *key, const char *value)
{
    json_set(object, key, text_new(value));
}

void json_set_text_cut(struct json *object, const char *key, const char *text,
                       size_t characters)
{
    size_t size = 0;
    struct buf cut = {0};

    if (text == NULL) {
        json_set_null(object, key);
        return;
    }
    for (size_t i = 0; i < characters && text[size] != '\0'; i++)
        do
            size++;
        while (((unsigned char)text[size] & 0xc0) == 0x80);
    buf_add(&cut, text, size);
    json_set_text(object, key, buf_text(&cut));
    buf_free(&cut);
}

void json_set_i64(struct json *object, const char *key, int64_t value)
{
    json_set(object, key, made(json_integer(value)));
}

void json_set_real(struct json *object, const char *key, double value)
{
    json_set(object, key, isfinite(value) ? made(json_real(value)) : NULL);
}

void json_set_flag(struct json *object, const char *key, bool value)
{
    json_set(object, key, made(json_boolean(value)));
}

void json_set_null(struct json *object, const char *key)
{
    json_set(object, key, NULL);
}

void json_add(struct json *array, struct json *value)
{
    int rc = json_array_append_new(inside(array),
                                   value != NULL ? inside(value) : json_null());

    assert(rc == 0); /* not an array, or a cycle */
}

void json_add_text(struct json *array, const char *value)
{
    json_add(array, text_new(value));
}

static int append(const char *text, size_t size, void *out)
{
    if (wipes)
        buf_reserve_wiping(out, size);
    buf_add(out, text, size);
    return 0;
}

void json_write(struct buf *out, const struct json *value)
{
    int rc = json_dump_callback(inside(value), append, out,
                                WRITE_FLAGS | JSON_COMPACT);

    assert(rc == 0);
}

void json_write_more(struct buf *out, const struct json *object,
                     const char *key, struct bytes text)
{
    assert(json_is_object(object));
    json_write(out, object);
    if (text.size == 0)
        return;
    out->size--; /* the brace */
    if (json_count(object) > 0)
        (void)append(",", 1, out);
    (void)append("\"", 1, out);
    (void)append(key, strlen(key), out);
    (void)append("\":", 2, out);
    (void)append((const char *)text.data, text.size, out);
    (void)append("}", 1, out);
}

void json_write_pretty(struct buf *out, const struct json *value)
{
    int rc = json_dump_callback(inside(value), append, out,
                                WRITE_FLAGS | JSON_INDENT(2));

    assert(rc == 0);
}
