/* common/http/target.c - decoding the target of a request line. */
#include "common/http/target.h"

#include <string.h>

#include "common/base/mem.h"

enum { BAD_REQUEST = 400, TOO_LONG = 414 };

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* In place, up to `end`; `is_query`: '+' is a space and a slash may be encoded.
 * NULL when refused, else where the text ends (a NUL is put there). */
static char *decode(char *at, const char *end, bool is_query)
{
    char *out = at;

    while (at < end) {
        unsigned char c = (unsigned char)*at++;

        if (c == '%') {
            int high = at < end ? hex_value(at[0]) : -1;
            int low = high >= 0 && at + 1 < end ? hex_value(at[1]) : -1;

            if (low < 0)
                return NULL;
            c = (unsigned char)(high << 4 | low);
            at += 2;
            if (!is_query && (c == '/' || c == '\\' || c == '%'))
                return NULL;
        } else if (c == '+' && is_query) {
            c = ' ';
        } else if (c == '#' || c == '\\') {
            return NULL;
        }
        if (c < 0x20 || c == 0x7f)
            return NULL;
        *out++ = (char)c;
    }
    *out = '\0';
    return out;
}

/* Each part between slashes: there, and no "." or ".."; a slash at the end is
 * an empty part unless the path is "/". */
static bool parts_are_sound(const char *path)
{
    if (path[0] != '/')
        return false;
    for (const char *part = path + 1; path[1] != '\0';) {
        size_t size = strcspn(part, "/");

        if (size == 0 || strncmp(part, ".", size) == 0 ||
            (size == 2 && memcmp(part, "..", 2) == 0))
            return false;
        if (part[size] == '\0')
            break;
        part += size + 1;
    }
    return true;
}

static bool has(const struct http_target *target, const char *name)
{
    for (size_t i = 0; i < target->query_count; i++)
        if (strcmp(target->query[i].name, name) == 0)
            return true;
    return false;
}

static bool add_parameter(struct http_target *out, char *at, char *end)
{
    char *equals = memchr(at, '=', (size_t)(end - at));
    char *name_end = equals == NULL ? end : equals;
    char *value = equals == NULL ? end : equals + 1;

    if (at == end)
        return true; /* "a&&b" */
    if (out->query_count == HTTP_QUERY_LIMIT)
        return false;
    if (decode(value, end, true) == NULL || decode(at, name_end, true) == NULL)
        return false;
    if (!utf8_valid(bytes_of_text(at)) || !utf8_valid(bytes_of_text(value)) ||
        has(out, at))
        return false;
    out->query[out->query_count++] = (struct http_parameter){at, value};
    return true;
}

static bool parse_query(struct http_target *out, char *at)
{
    char *end = at + strlen(at);

    for (;;) {
        char *and = memchr(at, '&', (size_t)(end - at));

        if (!add_parameter(out, at, and == NULL ? end : and))
            return false;
        if (and == NULL)
            return true;
        at = and+1;
    }
}

unsigned http_target_parse(struct http_target *out, const char *raw)
{
    char *query, *end;

    memset(out, 0, sizeof *out);
    if (strlen(raw) > HTTP_TARGET_LIMIT)
        return TOO_LONG;
    out->raw = mem_text(raw);
    out->text = mem_text(raw);
    out->path = out->text;
    query = strchr(out->text, '?');
    end = query == NULL ? out->text + strlen(out->text) : query;
    if ((query != NULL && !parse_query(out, query + 1)) ||
        decode(out->text, end, false) == NULL ||
        !utf8_valid(bytes_of_text(out->text)) || !parts_are_sound(out->text)) {
        http_target_free(out);
        return BAD_REQUEST;
    }
    return 0;
}

void http_target_free(struct http_target *target)
{
    mem_free(&target->raw);
    mem_free(&target->text);
    memset(target, 0, sizeof *target);
}
