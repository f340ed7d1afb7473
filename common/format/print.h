/* common/format/print.h - JSON on standard output: as it is, or as a table for
 * people.
 */
#ifndef LIENXA_FORMAT_PRINT_H
#define LIENXA_FORMAT_PRINT_H

#include "common/format/json.h"

/* One line of JSON. `value` is taken. Returns 0, an exit code. */
int print_json(struct json *value);

/* The members `columns` (ended by NULL) of each object of `rows`, each as wide
 * as `widths` says: 0 is all of it. Only the first line of a text is shown;
 * what is longer than 60 characters and its column is cut. */
void print_table(const struct json *rows, const char *const *columns,
                 const int *widths);

#endif
