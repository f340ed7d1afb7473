#include "common/domain/procedure.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/domain/csv.h"
#include "common/domain/text.h"

const char *const procedure_text_names[PROCEDURE_TEXTS] = {
    [PROCEDURE_BASIS] = "legal_basis",   [PROCEDURE_WHO] = "who",
    [PROCEDURE_PAPERS] = "papers",       [PROCEDURE_FEE] = "fee",
    [PROCEDURE_TIME] = "time",           [PROCEDURE_CHANNEL] = "channel",
    [PROCEDURE_UNIT] = "receiving_unit", [PROCEDURE_NOTES] = "notes"};

const struct fixed_number fixed_numbers[] = {
    {"111", "Bảo vệ trẻ em", "Child protection"},
    {"112", "Tìm kiếm, cứu nạn", "Search and rescue"},
    {"113", "Công an", "Police"},
    {"114", "Chữa cháy, cứu nạn, cứu hộ", "Fire and rescue"},
    {"115", "Cấp cứu y tế", "Ambulance"},
    {0}};

enum { /* the columns */
       COL_CODE,
       COL_NAME,
       COL_FROM,
       COL_TO,
       COL_BASIS,
       COL_WHO,
       COL_PAPERS,
       COL_FORMS,
       COL_FEE,
       COL_TIME,
       COL_CHANNEL,
       COL_UNIT,
       COL_NOTES,
       COL_CHECKED,
       COL_COUNT
};
static const char *const columns[COL_COUNT] = {
    "code",    "name",           "valid_from", "valid_to",    "legal_basis",
    "who",     "papers",         "forms",      "fee",         "time",
    "channel", "receiving_unit", "notes",      "last_checked"};
static const int column_of_text[PROCEDURE_TEXTS] = {
    [PROCEDURE_BASIS] = COL_BASIS,   [PROCEDURE_WHO] = COL_WHO,
    [PROCEDURE_PAPERS] = COL_PAPERS, [PROCEDURE_FEE] = COL_FEE,
    [PROCEDURE_TIME] = COL_TIME,     [PROCEDURE_CHANNEL] = COL_CHANNEL,
    [PROCEDURE_UNIT] = COL_UNIT,     [PROCEDURE_NOTES] = COL_NOTES};

bool procedure_holds(const struct procedure_days *days, int32_t day)
{
    return (days->from == 0 || day >= days->from) &&
           (days->to == 0 || day <= days->to);
}

struct reading {
    struct csv csv;
    const struct procedure_reader *reader;
    struct buf clean[COL_COUNT]; /* in NFC */
    struct line {                /* those before */
        char code[PROCEDURE_CODE_LIMIT + 1];
        int32_t from;
    } * lines;
    size_t count;
    struct error *err;
};

static int fault(struct reading *r, const char *what, const char *why)
{
    return error_set(r->err, ERR_INVALID, "line %zu: %s: %s", r->csv.line, what,
                     why);
}

static int read_day(struct reading *r, int column, bool needed, int32_t *out)
{
    const char *text = buf_text(&r->clean[column]);

    *out = 0;
    if (*text == '\0')
        return needed ? fault(r, columns[column], "a day must be given") : 0;
    return r->reader->parse_day(out, text)
               ? 0
               : fault(r, columns[column], "not a day such as 2025-07-01");
}

static int check_days(struct reading *r, const char *what,
                      const struct procedure_days *days)
{
    return days->to != 0 && days->to < days->from
               ? fault(r, what, "it would end before it begins")
               : 0;
}

/* ---- forms: "CT01@2023-12-15..2025-06-30; CT02" */

/* "2023-12-15..2025-06-30", each side may be empty. */
static bool parse_range(struct reading *r, char *text,
                        struct procedure_days *out)
{
    char *dots = strstr(text, "..");

    if (dots == NULL)
        return false;
    *dots = '\0';
    return (*text == '\0' || r->reader->parse_day(&out->from, text)) &&
           (dots[2] == '\0' || r->reader->parse_day(&out->to, dots + 2));
}

static char *trim(char *text)
{
    size_t size;

    text += strspn(text, " \t\n");
    size = strlen(text);
    while (size > 0 && strchr(" \t\n", text[size - 1]) != NULL)
        size--;
    text[size] = '\0';
    return text;
}

static int read_form(struct reading *r, char *text, struct procedure *out)
{
    struct procedure_form *form = &out->forms[out->form_count];
    char *at = strchr(text, '@');

    if (out->form_count == PROCEDURE_FORMS_LIMIT)
        return fault(r, "forms", "too many");
    memset(form, 0, sizeof *form);
    if (at != NULL) {
        *at = '\0';
        if (!parse_range(r, trim(at + 1), &form->valid))
            return fault(r, "forms", "such as CT01@2023-12-15..2025-06-30");
    }
    text = trim(text);
    if (!text_is_line(bytes_of_text(text)) ||
        strlen(text) > PROCEDURE_FORM_LIMIT)
        return fault(r, "forms", "a form's name is one short line");
    memcpy(form->name, text, strlen(text) + 1);
    out->form_count++;
    return check_days(r, "forms", &form->valid);
}

static int read_forms(struct reading *r, struct procedure *out)
{
    char *copy = mem_text(buf_text(&r->clean[COL_FORMS]));
    char *rest = copy, *word;
    int rc = 0;

    while (rc == 0 && (word = strsep(&rest, ";")) != NULL)
        if (*trim(word) != '\0')
            rc = read_form(r, word, out);
    mem_free(&copy);
    return rc;
}

/* ---- a line */

static int clean_fields(struct reading *r)
{
    for (int i = 0; i < COL_COUNT; i++) {
        struct buf *out = &r->clean[i];

        buf_clear(out);
        if (text_nfc(out, buf_bytes(&r->csv.fields[i])) != 0 ||
            !text_is_clean(buf_bytes(out)))
            return fault(r, columns[i], "it holds control characters");
        if (out->size > PROCEDURE_TEXT_LIMIT)
            return fault(r, columns[i], "it is too long");
    }
    return 0;
}

/* A code and a day are what a procedure is known by: the second would take the
 * place of the first, and the other way round at the next import. */
static int check_twice(struct reading *r, int32_t from)
{
    const char *code = buf_text(&r->clean[COL_CODE]);
    struct line *line;

    for (size_t i = 0; i < r->count; i++)
        if (r->lines[i].from == from && strcmp(r->lines[i].code, code) == 0)
            return fault(r, "code",
                         "it stands there twice with the same valid_from");
    line = &r->lines[r->count++];
    line->from = from;
    memcpy(line->code, code, strlen(code) + 1);
    return 0;
}

static int read_line(struct reading *r)
{
    struct procedure out = {0};
    int rc;

    if ((rc = clean_fields(r)) != 0)
        return rc;
    if (!text_is_line(buf_bytes(&r->clean[COL_CODE])) ||
        r->clean[COL_CODE].size > PROCEDURE_CODE_LIMIT)
        return fault(r, "code", "one short word");
    if (!text_is_line(buf_bytes(&r->clean[COL_NAME])) ||
        r->clean[COL_NAME].size > PROCEDURE_NAME_LIMIT)
        return fault(r, "name", "one line of words");
    if ((rc = read_day(r, COL_FROM, true, &out.valid.from)) != 0 ||
        (rc = read_day(r, COL_TO, false, &out.valid.to)) != 0 ||
        (rc = read_day(r, COL_CHECKED, false, &out.checked)) != 0 ||
        (rc = check_days(r, "valid_to", &out.valid)) != 0 ||
        (rc = check_twice(r, out.valid.from)) != 0 ||
        (rc = read_forms(r, &out)) != 0)
        return rc;
    out.code = buf_text(&r->clean[COL_CODE]);
    out.name = buf_text(&r->clean[COL_NAME]);
    for (int i = 0; i < PROCEDURE_TEXTS; i++)
        out.texts[i] = buf_text(&r->clean[column_of_text[i]]);
    return r->reader->each(r->reader->who, &out, r->err);
}

int procedure_read_csv(struct bytes text, const struct procedure_reader *reader,
                       struct error *err)
{
    struct reading *r = mem_new(sizeof *r);
    size_t count = 0;
    int rc;

    r->reader = reader;
    r->lines = mem_array(PROCEDURES_LIMIT, sizeof *r->lines);
    r->err = err;
    rc = csv_open(&r->csv, text, columns, COL_COUNT, err);
    while (rc == 0 && (rc = csv_next(&r->csv, err)) == 1)
        rc = ++count > PROCEDURES_LIMIT
                 ? csv_fault(&r->csv, err, "more than a catalogue may hold")
                 : read_line(r);
    if (rc == 0 && count == 0)
        rc = csv_fault(&r->csv, err, "no procedure follows");
    csv_close(&r->csv);
    for (int i = 0; i < COL_COUNT; i++)
        buf_free(&r->clean[i]);
    mem_free(&r->lines);
    mem_free(&r);
    return rc;
}
