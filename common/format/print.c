/* common/format/print.c - see print.h. */
#include "common/format/print.h"

#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

int print_json(struct json *value)
{
    struct buf out = {0};

    json_write(&out, value);
    (void)puts(buf_text(&out));
    buf_free(&out);
    json_free(&value);
    return 0;
}

/* C0, DEL, and C1 as UTF-8 (C2 80 .. C2 9F), each as one '?'. */
static void put_words(FILE *to, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)text[i];
        bool c1 = byte == 0xc2 && i + 1 < size &&
                  ((uint8_t)text[i + 1] & 0xe0) == 0x80;

        (void)putc(byte < 0x20 || byte == 0x7f || c1 ? '?' : byte, to);
        i += c1;
    }
}

/* The first line of a text, cut when it is long and filled up to `width`; the
 * whole of it when `width` is 0. */
static void print_cell(const char *text, int width)
{
    int limit = width == 0 ? INT_MAX : width < 60 ? 60 : width, count = 0;
    size_t size = strcspn(text, "\n"), shown = 0;

    while (shown < size && count < limit) {
        do
            shown++;
        while (shown < size && ((uint8_t)text[shown] & 0xc0) == 0x80);
        count++;
    }
    put_words(stdout, text, shown);
    printf("%s%*s", text[shown] == '\0' ? "" : "..",
           count < width ? width - count + 1 : 1, "");
}

void print_table(const struct json *rows, const char *const *columns,
                 const int *widths)
{
    for (size_t c = 0; columns[c] != NULL; c++)
        print_cell(columns[c], widths[c]);
    putchar('\n');
    for (size_t i = 0; i < json_count(rows); i++) {
        const struct json *row = json_at(rows, i);

        for (size_t c = 0; columns[c] != NULL; c++) {
            const struct json *value = json_get(row, columns[c]);
            int64_t number;

            if (json_is_text(value))
                print_cell(json_text(value), widths[c]);
            else if (json_get_i64(row, columns[c], &number))
                printf("%-*lld ", widths[c], (long long)number);
            else
                print_cell(json_is_bool(value)
                               ? json_is_true(value) ? "yes" : "no"
                               : "-",
                           widths[c]);
        }
        putchar('\n');
    }
}

void print_line(FILE *to, const char *format, ...)
{
    struct buf line = {0};
    va_list args, again;
    int size;

    va_start(args, format);
    va_copy(again, args);
    size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    buf_reserve(&line, size < 0 ? 1 : (size_t)size + 1);
    if (size > 0)
        (void)vsnprintf((char *)line.data, (size_t)size + 1, format, again);
    va_end(again);
    put_words(to, (const char *)line.data, size < 0 ? 0 : (size_t)size);
    (void)putc('\n', to);
    buf_free(&line);
}
