/* common/domain/csv.h - CSV as RFC 4180 writes it, and nothing looser: the
 * lists that people keep in a spreadsheet (roster, procedures).
 *
 * UTF-8, perhaps with a byte order mark; the first line names the columns.
 */
#ifndef LIENXA_DOMAIN_CSV_H
#define LIENXA_DOMAIN_CSV_H

#include "common/base/buf.h"
#include "common/base/error.h"

enum { CSV_COLUMNS_LIMIT = 16 };

struct csv { /* zeroed, then csv_open */
    const uint8_t *at, *end;
    size_t line, skipped; /* where the record begins; line ends inside it */
    const char *const *columns;
    size_t column_count;
    struct buf fields[CSV_COLUMNS_LIMIT]; /* of the record read last */
    size_t field_count; /* may be more than there is room for */
};

/* Reads the first line, which must be exactly `columns`. `text` and `columns`
 * are borrowed until csv_close, which is called whatever was answered. */
int csv_open(struct csv *csv, struct bytes text, const char *const *columns,
             size_t column_count, struct error *err);
void csv_close(struct csv *csv);

/* The next record into `fields`, all of them valid UTF-8. 1: one was read; 0:
 * the end; ERR_INVALID. */
int csv_next(struct csv *csv, struct error *err);

/* ERR_INVALID, "line 7: WHAT". */
int csv_fault(const struct csv *csv, struct error *err, const char *what);

#endif
