#include "node/import.h"

#include <errno.h>
#include <string.h>

#include "common/domain/text.h"
#include "node/intake.h"

struct import {
    struct node_client *client;
    bool as_json;
    struct import_counts *counts;
    struct json *lines; /* of the command being gathered */
    size_t line_count, bytes;
    int64_t number; /* of the line read last */
};

/* ---- results */

static void print_result(struct import *import, const struct json *result)
{
    const char *what = json_get_text(result, "result");
    struct buf text = {0};
    int64_t line = 0;

    (void)json_get_i64(result, "line", &line);
    if (what != NULL && strcmp(what, "accepted") == 0)
        import->counts->accepted++;
    else if (what != NULL && strcmp(what, "repeated") == 0)
        import->counts->repeated++;
    else
        import->counts->refused++;
    if (import->as_json) {
        json_write(&text, result);
        (void)puts(buf_text(&text));
    } else if (what != NULL && strcmp(what, "refused") == 0) {
        printf("line %lld: refused: %s\n", (long long)line,
               json_get_text(result, "reason"));
    }
    buf_free(&text);
}

static int send_lines(struct import *import, struct error *err)
{
    struct json *args, *out;
    const struct json *results;
    int64_t first = 0;

    if (import->line_count == 0)
        return 0;
    (void)json_get_i64(json_at(import->lines, 0), "line", &first);
    args = json_object_new();
    json_set(args, "lines", import->lines);
    import->lines = json_array_new();
    import->line_count = import->bytes = 0;
    out = node_client_call(import->client, "report.import", args, err);
    if (out == NULL) {
        error_wrap(err, "stopped at line %lld", (long long)first);
        return ERR_REFUSED;
    }
    results = json_get(out, "lines");
    for (size_t i = 0; i < json_count(results); i++)
        print_result(import, json_at(results, i));
    json_free(&out);
    return fflush(stdout) == 0
               ? 0
               : error_set(err, ERR_IO, "cannot write to standard output");
}

/* ---- lines */

/* The core reads requests of limited depth: a line is flat but for the steps of
 * `moved`, which are flat themselves, or refused here. */
static int refuse_nested(void *err, const char *key, const struct json *value)
{
    if (!json_is_object(value) && !json_is_array(value))
        return 0;
    return error_set(err, ERR_INVALID,
                     "%.40s is neither text, number nor true or false", key);
}

static int check_field(void *err, const char *key, const struct json *value)
{
    int rc = 0;

    if (strcmp(key, "moved") != 0 || !json_is_array(value))
        return refuse_nested(err, key, value);
    for (size_t i = 0; rc == 0 && i < json_count(value); i++)
        rc = json_is_object(json_at(value, i))
                 ? json_each(json_at(value, i), refuse_nested, err)
                 : error_set(err, ERR_INVALID, "step %zu of moved is no object",
                             i + 1);
    return rc;
}

static struct json *read_report(struct bytes text, struct error *err)
{
    struct json *report = json_parse(text, err);

    if (report == NULL) {
        static const char always[] = "line 1 "; /* of this one text */
        size_t cut = strlen(always);

        if (strncmp(err->text, always, cut) == 0)
            memmove(err->text, err->text + cut, strlen(err->text) - cut + 1);
        error_wrap(err, "not JSON");
        return NULL;
    }
    if (!json_is_object(report))
        (void)error_set(err, ERR_INVALID, "not a JSON object");
    else if (json_each(report, check_field, err) == 0)
        return report;
    json_free(&report);
    return NULL;
}

static int take_line(struct import *import, struct bytes text, bool too_long,
                     struct error *err)
{
    struct json *item, *report = NULL;
    struct error why = {""};
    int rc;

    import->number++;
    if (import->number == 1 && text.size >= 3 &&
        memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
        text = bytes_of(text.data + 3, text.size - 3);
    if (text.size > 0 && text.data[text.size - 1] == '\r')
        text.size--;
    if (!too_long && text_is_blank(text))
        return 0;
    if (import->bytes + text.size > INTAKE_CHUNK_BYTES &&
        (rc = send_lines(import, err)) != 0)
        return rc;
    if (too_long)
        (void)error_set(&why, ERR_FULL, "longer than %d bytes",
                        INTAKE_LINE_LIMIT);
    else
        report = read_report(text, &why);
    item = json_object_new();
    json_set_i64(item, "line", import->number);
    if (report != NULL)
        json_set(item, "report", report);
    else
        json_set_text(item, "unreadable", why.text);
    json_add(import->lines, item);
    import->bytes += text.size;
    if (++import->line_count < INTAKE_CHUNK_LINES)
        return 0;
    return send_lines(import, err);
}

/* Bytes to lines; of an endless line no more is kept than shows that it is one.
 */
static int read_lines(struct import *import, FILE *in, struct error *err)
{
    struct buf line = {0};
    bool too_long = false;
    int rc = 0, c;

    while (rc == 0 && (c = getc_unlocked(in)) != EOF) {
        if (c == '\n') {
            rc = take_line(import, buf_bytes(&line), too_long, err);
            buf_clear(&line);
            too_long = false;
        } else if (line.size < INTAKE_LINE_LIMIT) {
            buf_add_u8(&line, (uint8_t)c);
        } else {
            too_long = true;
        }
    }
    if (rc == 0 && ferror(in))
        rc = error_set(err, ERR_IO, "reading line %lld: %s",
                       (long long)import->number + 1, strerror(errno));
    if (rc == 0 && line.size > 0)
        rc = take_line(import, buf_bytes(&line), too_long, err);
    buf_free(&line);
    return rc;
}

int node_import_run(struct node_client *client, FILE *in, bool as_json,
                    struct import_counts *counts, struct error *err)
{
    struct import import = {.client = client,
                            .as_json = as_json,
                            .counts = counts,
                            .lines = json_array_new()};
    int rc;

    memset(counts, 0, sizeof *counts);
    if ((rc = read_lines(&import, in, err)) == 0)
        rc = send_lines(&import, err);
    json_free(&import.lines);
    return rc;
}
