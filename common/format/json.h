/* common/format/json.h - JSON values in and out (jansson behind it).
 *
 * Parsing rejects duplicate keys, invalid UTF-8, NUL and depth over 32. All
 * getters take NULL and wrong types as "not there".
 */
#ifndef LIENXA_FORMAT_JSON_H
#define LIENXA_FORMAT_JSON_H

#include "common/base/buf.h"
#include "common/base/error.h"

struct json; /* opaque; reference counted inside */

/* Before the first value: from now on whatever is freed of a value, and of what
 * json_write wrote while it grew, is overwritten. For a process through which
 * passwords pass. */
void json_wipe_freed(void);

/* Owned; NULL with err set when malformed ("line 1 column 17: ..."). The whole
 * input must be one value. */
struct json *json_parse(struct bytes text, struct error *err);
void json_free(struct json **value);
/* The same, and every text in it is overwritten first, wherever else it is
 * still held: for what had passwords in it. NULL is fine. */
void json_wipe(struct json **value);

struct json *json_object_new(void);
struct json *json_array_new(void);

bool json_is_object(const struct json *value);
bool json_is_array(const struct json *value);
bool json_is_text(const struct json *value);
bool json_is_number(const struct json *value); /* integer or real */
bool json_is_true(const struct json *value);
bool json_is_bool(const struct json *value);
bool json_is_null(const struct json *value);

/* Borrowed. */
const struct json *json_get(const struct json *object, const char *key);
/* A member that outlives its object: owned; NULL when it is not there. */
struct json *json_take(const struct json *object, const char *key);
const struct json *json_at(const struct json *array, size_t index);
/* As json_take, of an array: to be filled further where it is. */
struct json *json_take_at(const struct json *array, size_t index);
size_t json_count(const struct json *array_or_object);
const char *json_text(const struct json *value); /* NULL if not text */
const char *json_get_text(const struct json *object, const char *key);
bool json_get_i64(const struct json *object, const char *key, int64_t *out);
bool json_get_real(const struct json *object, const char *key, double *out);
bool json_get_flag(const struct json *object, const char *key);
/* Calls `each` for every member; stops and returns its value when not 0. */
int json_each(const struct json *object,
              int (*each)(void *context, const char *key,
                          const struct json *value),
              void *context);

/* Setters replace, in the old place; a NULL text or value and a real that is
 * not finite are stored as null, a text that is not UTF-8 with '?' for what is
 * not ASCII. `value` is taken. */
void json_set_text(struct json *object, const char *key, const char *value);
/* Of valid UTF-8, at most this many characters. */
void json_set_text_cut(struct json *object, const char *key, const char *text,
                       size_t characters);
void json_set_i64(struct json *object, const char *key, int64_t value);
void json_set_real(struct json *object, const char *key, double value);
void json_set_flag(struct json *object, const char *key, bool value);
void json_set_null(struct json *object, const char *key);
void json_set(struct json *object, const char *key, struct json *value);
void json_add(struct json *array, struct json *value);
void json_add_text(struct json *array, const char *value);

/* Compact, keys in the order of insertion, appended to `out`. */
void json_write(struct buf *out, const struct json *value);
/* The same of an object with one member more behind the others, whose value is
 * text already: "" is none. For rows too many to be values. */
void json_write_more(struct buf *out, const struct json *object,
                     const char *key, struct bytes text);
void json_write_pretty(struct buf *out, const struct json *value);

#endif
