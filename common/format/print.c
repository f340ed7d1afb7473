/* common/format/print.c - see print.h. */
#include "common/format/print.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
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
    printf("%.*s%s%*s", (int)shown, text, text[shown] == '\0' ? "" : "..",
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
