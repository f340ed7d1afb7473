/* common/domain/period.c - see period.h. */
#include "common/domain/period.h"

#include <stdbool.h>
#include <string.h>

enum { DATE_LENGTH = 10 };

/* Does `text` have digits where `form` has a 0, and else what `form` has? */
static bool looks_like(const char *text, const char *form)
{
    for (; *form != '\0'; text++, form++)
        if (*form == '0' ? *text < '0' || *text > '9' : *text != *form)
            return false;
    return *text == '\0';
}

static int number(const char *digits, int count)
{
    int value = 0;

    for (int i = 0; i < count; i++)
        value = value * 10 + (digits[i] - '0');
    return value;
}

/* "2026-10-15" from three numbers that fit. */
static void write_date(char out[PERIOD_DATE_BYTES], int year, int mon, int day)
{
    static const char form[] = "0000-00-00";
    int digits = year * 10000 + mon * 100 + day;

    memcpy(out, form, sizeof form);
    for (int i = DATE_LENGTH - 1; i >= 0; i--) {
        if (form[i] != '0')
            continue;
        out[i] = (char)('0' + digits % 10);
        digits /= 10;
    }
}

static int month(struct period *out, const char *text, struct error *err)
{
    int year = number(text, 4), mon = number(text + 5, 2);
    int from_year = mon == 1 ? year - 1 : year;
    int from_month = mon == 1 ? 12 : mon - 1;

    if (mon < 1 || mon > 12 || year < 1971)
        return error_set(err, ERR_INVALID, "\"%s\": no such month", text);
    write_date(out->first, from_year, from_month, PERIOD_START_DAY);
    write_date(out->last, year, mon, PERIOD_START_DAY - 1);
    return 0;
}

int period_parse(struct period *out, const char *text, struct error *err)
{
    memset(out, 0, sizeof *out);
    if (looks_like(text, "0000-00"))
        return month(out, text, err);
    if (!looks_like(text, "0000-00-00..0000-00-00"))
        return error_set(err, ERR_INVALID,
                         "\"%s\" is not a period: a month like 2026-11 (from "
                         "the 15th of the month before to the 14th), or two "
                         "days like 2026-10-01..2026-12-31",
                         text);
    memcpy(out->first, text, DATE_LENGTH);
    memcpy(out->last, text + DATE_LENGTH + 2, DATE_LENGTH);
    return 0;
}
