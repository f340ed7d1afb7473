#include "common/base/error.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Takes away a character that lost its last bytes when the text was cut. */
static void drop_cut_character(char *text, size_t size)
{
    size_t lead = size;

    while (lead > 0 && ((uint8_t)text[lead - 1] & 0xc0) == 0x80)
        lead--;
    if (lead == 0)
        return;
    uint8_t byte = (uint8_t)text[lead - 1];
    size_t need = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;

    if (size - (lead - 1) < need)
        text[lead - 1] = '\0';
}

static void keep_one_line(char *text)
{
    for (char *at = text; *at; at++)
        if ((uint8_t)*at < 0x20 || *at == 0x7f)
            *at = ' ';
        else if ((uint8_t)*at == 0xc2 && ((uint8_t)at[1] & 0xe0) == 0x80)
            at[0] = at[1] = ' '; /* C1 */
}

__attribute__((format(printf, 2, 0))) static void
format_text(char out[ERROR_TEXT_BYTES], const char *format, va_list args)
{
    int length = vsnprintf(out, ERROR_TEXT_BYTES, format, args);

    if (length < 0)
        out[0] = '\0';
    else if (length >= ERROR_TEXT_BYTES)
        drop_cut_character(out, ERROR_TEXT_BYTES - 1);
    keep_one_line(out);
}

int error_set(struct error *err, int code, const char *format, ...)
{
    char text[ERROR_TEXT_BYTES]; /* the arguments may point into err */
    va_list args;

    if (!err)
        return code;
    va_start(args, format);
    format_text(text, format, args);
    va_end(args);
    memcpy(err->text, text, strlen(text) + 1);
    return code;
}

void error_wrap(struct error *err, const char *format, ...)
{
    char context[ERROR_TEXT_BYTES];
    va_list args;

    if (!err)
        return;
    va_start(args, format);
    format_text(context, format, args);
    va_end(args);
    (void)error_set(err, 0, "%s: %s", context, err->text);
}

const char *error_name(int code)
{
    switch ((enum error_code)code) {
    case ERR_OK:
        return "ok";
    case ERR_INVALID:
        return "invalid";
    case ERR_REFUSED:
        return "refused";
    case ERR_MISSING:
        return "missing";
    case ERR_EXISTS:
        return "exists already";
    case ERR_IO:
        return "input or output failed";
    case ERR_FULL:
        return "full";
    case ERR_AGAIN:
        return "try again later";
    case ERR_DAMAGED:
        return "damaged";
    case ERR_CONFLICT:
        return "same id, other content";
    case ERR_VERSION:
        return "version not understood";
    case ERR_CRYPTO:
        return "cryptography failed";
    }
    return "unknown error";
}
