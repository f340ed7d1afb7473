#include "common/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"

static const char *const names[] = {
    [LOG_LEVEL_ERROR] = "error",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_DEBUG] = "debug",
};
static enum log_level most = LOG_LEVEL_INFO;

void log_open(enum log_level level)
{
    const char *wanted = getenv("LIENXA_LOG");

    most = level;
    for (size_t i = 0; wanted && i < sizeof names / sizeof *names; i++)
        if (strcmp(wanted, names[i]) == 0)
            most = (enum log_level)i;
}

/* C0, DEL, and C1 as UTF-8 (C2 80 .. C2 9F): what a terminal might obey. */
static void mask_controls(struct buf *line)
{
    for (size_t i = 0; i < line->size; i++) {
        uint8_t *at = line->data + i;

        if (at[0] < 0x20 || at[0] == 0x7f)
            at[0] = '?';
        else if (at[0] == 0xc2 && i + 1 < line->size && at[1] < 0xa0)
            at[0] = at[1] = '?';
    }
}

__attribute__((format(printf, 3, 0))) static void
write_line(enum log_level level, const char *event, const char *format,
           va_list args)
{
    struct buf line = {0};
    char *values = NULL;
    int kept = errno; /* logging a failure must not hide its cause */

    if (level > most)
        return;
    buf_add_text(&line, event);
    if (level <= LOG_LEVEL_WARN)
        buf_printf(&line, " level=%s", names[level]);
    if (vasprintf(&values, format, args) > 0) {
        buf_add_u8(&line, ' ');
        buf_add_text(&line, values);
    }
    free(values);
    mask_controls(&line);
    buf_add_u8(&line, '\n');
    ssize_t ignored = write(STDERR_FILENO, line.data, line.size);

    (void)ignored; /* there is nobody left to tell */
    buf_free(&line);
    errno = kept;
}

void log_error(const char *event, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_line(LOG_LEVEL_ERROR, event, format, args);
    va_end(args);
}

void log_warn(const char *event, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_line(LOG_LEVEL_WARN, event, format, args);
    va_end(args);
}

void log_info(const char *event, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_line(LOG_LEVEL_INFO, event, format, args);
    va_end(args);
}

void log_debug(const char *event, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_line(LOG_LEVEL_DEBUG, event, format, args);
    va_end(args);
}
