#include "common/domain/csv.h"

#include <string.h>

int csv_fault(const struct csv *csv, struct error *err, const char *what)
{
    return error_set(err, ERR_INVALID, "line %zu: %s", csv->line, what);
}

static void keep_byte(struct csv *csv, uint8_t byte)
{
    if (byte == '\n')
        csv->skipped++;
    if (csv->field_count < csv->column_count)
        buf_add_u8(&csv->fields[csv->field_count], byte);
}

/* Behind the opening quote, up to and over the closing one. */
static bool read_quoted(struct csv *csv)
{
    for (; csv->at < csv->end; csv->at++) {
        if (*csv->at == '"') {
            csv->at++;
            if (csv->at == csv->end || *csv->at != '"')
                return true;
        }
        keep_byte(csv, *csv->at);
    }
    return false;
}

static void read_plain(struct csv *csv)
{
    while (csv->at < csv->end && !memchr(",\"\r\n", *csv->at, 4))
        keep_byte(csv, *csv->at++);
}

/* Over a line end (LF, CRLF or the end of the file). */
static bool end_line(struct csv *csv)
{
    if (csv->at == csv->end)
        return true;
    if (*csv->at == '\r' && csv->end - csv->at > 1)
        csv->at++;
    if (*csv->at != '\n')
        return false;
    csv->at++;
    return true;
}

static int wrong_columns(const struct csv *csv, struct error *err,
                         const char *before)
{
    struct buf list = {0};
    int rc;

    for (size_t i = 0; i < csv->column_count; i++)
        buf_printf(&list, "%s%s", i > 0 ? "," : "", csv->columns[i]);
    rc = error_set(err, ERR_INVALID, "line %zu: %s %s", csv->line, before,
                   buf_text(&list));
    buf_free(&list);
    return rc;
}

static int read_record(struct csv *csv, struct error *err)
{
    csv->line += 1 + csv->skipped;
    csv->skipped = csv->field_count = 0;
    for (size_t i = 0; i < csv->column_count; i++)
        buf_clear(&csv->fields[i]);
    for (;;) {
        if (csv->at < csv->end && *csv->at == '"') {
            csv->at++;
            if (!read_quoted(csv))
                return csv_fault(csv, err, "a quoted field does not end");
        } else {
            read_plain(csv);
        }
        csv->field_count++;
        if (csv->at == csv->end || *csv->at != ',')
            break;
        csv->at++;
    }
    if (!end_line(csv))
        return csv_fault(csv, err, "a quote or line end in the wrong place");
    if (csv->field_count != csv->column_count)
        return wrong_columns(csv, err, "expected the fields");
    for (size_t i = 0; i < csv->column_count; i++)
        if (!utf8_valid(buf_bytes(&csv->fields[i])))
            return csv_fault(csv, err, "not valid UTF-8");
    return 0;
}

int csv_open(struct csv *csv, struct bytes text, const char *const *columns,
             size_t column_count, struct error *err)
{
    static const uint8_t bom[] = {0xef, 0xbb, 0xbf};
    int rc;

    *csv = (struct csv){
        .at = text.data, .columns = columns, .column_count = column_count};
    csv->end = text.size > 0 ? text.data + text.size : text.data;
    if (csv->end - csv->at >= 3 && memcmp(csv->at, bom, 3) == 0)
        csv->at += 3;
    if ((rc = read_record(csv, err)) != 0)
        return rc;
    for (size_t i = 0; i < column_count; i++)
        if (strcmp(buf_text(&csv->fields[i]), columns[i]) != 0)
            return wrong_columns(csv, err, "the first line must be");
    return 0;
}

void csv_close(struct csv *csv)
{
    for (size_t i = 0; i < CSV_COLUMNS_LIMIT; i++)
        buf_free(&csv->fields[i]);
}

int csv_next(struct csv *csv, struct error *err)
{
    int rc;

    if (csv->at == csv->end)
        return 0;
    return (rc = read_record(csv, err)) != 0 ? rc : 1;
}
