/* common/base/error.h - what can go wrong with the world, and the one line that
 * says so to a person.
 *
 * A function that can fail returns 0 or one of these negative codes. Where a
 * person will read the reason it takes a `struct error *err` as its last
 * argument; NULL is always fine there.
 */
#ifndef LIENXA_BASE_ERROR_H
#define LIENXA_BASE_ERROR_H

#include <stddef.h>

enum error_code {
    ERR_OK = 0,
    ERR_INVALID = -1,  /* what came in is malformed or makes no sense here */
    ERR_REFUSED = -2,  /* understood, and not allowed */
    ERR_MISSING = -3,  /* no such thing */
    ERR_EXISTS = -4,   /* there already */
    ERR_IO = -5,       /* disk, socket or operating system */
    ERR_FULL = -6,     /* no space: disk full or a limit reached */
    ERR_AGAIN = -7,    /* cannot be done now, try later */
    ERR_DAMAGED = -8,  /* a hash, signature or invariant does not hold */
    ERR_CONFLICT = -9, /* same id, other content */
    ERR_VERSION = -10, /* made by a program we do not understand */
    ERR_CRYPTO = -11   /* the library could not do its work */
};

enum { ERROR_TEXT_BYTES = 512 };

struct error {
    char text[ERROR_TEXT_BYTES]; /* one line of UTF-8, no control character */
};

/* Sets the text (cut to fit) and returns `code`, so that a failing function can
 * end in `return error_set(err, ERR_IO, ...)`. */
int error_set(struct error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the text that is there. */
void error_wrap(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A static English phrase for a code, for logs. */
const char *error_name(int code);

#endif
