/* common/domain/procedure.h - an administrative procedure as the district's
 * catalogue describes it (reference, domain 4.5), and the numbers that are the
 * same everywhere.
 *
 * A procedure holds between two days, and so does each of its forms: the law
 * behind them changes, and what a resident handed in last year was right then.
 */
#ifndef LIENXA_DOMAIN_PROCEDURE_H
#define LIENXA_DOMAIN_PROCEDURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/error.h"

enum { /* bytes, but forms: entries */
       PROCEDURE_CODE_LIMIT = 40,
       PROCEDURE_NAME_LIMIT = 300,
       PROCEDURE_TEXT_LIMIT = 4000,
       PROCEDURE_FORM_LIMIT = 80,
       PROCEDURE_FORMS_LIMIT = 24,
       PROCEDURES_LIMIT = 2000 /* of a catalogue */
};

/* Days as clock_day counts them, both included; 0: open on that side. */
struct procedure_days {
    int32_t from, to;
};

struct procedure_form {
    char name[PROCEDURE_FORM_LIMIT + 1]; /* "CT01" */
    struct procedure_days valid;
};

/* In the order of the columns. Strings borrowed, never NULL. */
enum procedure_text {
    PROCEDURE_BASIS, /* the law */
    PROCEDURE_WHO,
    PROCEDURE_PAPERS,
    PROCEDURE_FEE,
    PROCEDURE_TIME,
    PROCEDURE_CHANNEL, /* post, commune, VNeID, portal */
    PROCEDURE_UNIT,    /* who receives it */
    PROCEDURE_NOTES,
    PROCEDURE_TEXTS
};
extern const char *const procedure_text_names[PROCEDURE_TEXTS];

struct procedure {
    const char *code, *name;
    struct procedure_days valid; /* `from` is always given */
    const char *texts[PROCEDURE_TEXTS];
    struct procedure_form forms[PROCEDURE_FORMS_LIMIT];
    size_t form_count;
    int32_t checked; /* day of the last check; 0 unknown */
};

bool procedure_holds(const struct procedure_days *days, int32_t day);

/* A catalogue as CSV: code,name,valid_from,valid_to,legal_basis,who,papers,
 * forms,fee,time,channel,receiving_unit,notes,last_checked. forms: such as
 * "CT01@2023-12-15..2025-06-30; CT01@2025-07-01..". `parse_day` turns
 * "2025-07-01" into a day. `each` gets every procedure, borrowed for the call;
 * what it answers, if not 0, ends the reading. ERR_INVALID names the line. */
struct procedure_reader {
    bool (*parse_day)(int32_t *day, const char *text);
    int (*each)(void *who, const struct procedure *procedure,
                struct error *err);
    void *who;
};
int procedure_read_csv(struct bytes text, const struct procedure_reader *reader,
                       struct error *err);

/* 111 to 115: the same in the whole country. Ends with number NULL. */
struct fixed_number {
    const char *number, *vi, *en;
};
extern const struct fixed_number fixed_numbers[];

#endif
