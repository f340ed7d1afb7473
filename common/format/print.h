/* common/format/print.h - JSON on standard output: as it is, or as a table for
 * people. What people see may be the words of a foreign machine: control
 * characters in it are shown as '?', so that a terminal obeys none.
 */
#ifndef LIENXA_FORMAT_PRINT_H
#define LIENXA_FORMAT_PRINT_H

#include <stdio.h>

#include "common/format/json.h"

/* One line of JSON. `value` is taken. Returns 0, an exit code. */
int print_json(struct json *value);

/* The members `columns` (ended by NULL) of each object of `rows`, each as wide
 * as `widths` says: 0 is all of it. Only the first line of a text is shown;
 * what is longer than 60 characters and its column is cut. */
void print_table(const struct json *rows, const char *const *columns,
                 const int *widths);

/* One line, whatever is in it; its end is added. */
void print_line(FILE *to, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
