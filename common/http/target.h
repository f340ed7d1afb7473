/* common/http/target.h - the target of a request line, decoded once, strictly.
 *
 * Pure. What two readers could take for two different paths is refused: "..",
 * ".", empty parts, an encoded slash, NUL or control character, a bad escape,
 * what is not UTF-8, "#", and the absolute form.
 */
#ifndef LIENXA_HTTP_TARGET_H
#define LIENXA_HTTP_TARGET_H

#include "common/http/http.h"

struct http_parameter {
    const char *name, *value;
};

struct http_target {
    char *raw;  /* owned */
    char *text; /* owned: what the others point into */
    const char *path;
    struct http_parameter query[HTTP_QUERY_LIMIT];
    size_t query_count;
};

/* 0, or the HTTP status to refuse with: 400, or 414 when it is too long. On
 * success http_target_free. A parameter twice is 400. */
unsigned http_target_parse(struct http_target *out, const char *raw);
void http_target_free(struct http_target *target);

#endif
