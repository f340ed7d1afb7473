/* common/peer/verify.c - what verify finds, in words. */
#include "common/peer/verify.h"

#include <stdio.h>

#include "common/base/mem.h"

struct verifying {
    const struct verify_host *host;
    struct verify_result *out;
};

void verify_free(struct verify_result *result)
{
    mem_free(&result->changes.rows);
    mem_free(&result->objects.rows);
    *result = (struct verify_result){.other = 0};
}

static void remember(struct verify_rows *at, int64_t row)
{
    if (at->count == at->room) {
        at->room = at->room * 2 + 64;
        at->rows = mem_grow(at->rows, at->room, sizeof *at->rows);
    }
    at->rows[at->count++] = row;
}

/* "quang-tho, record 0190.., position 12 of up: its bytes are not .." */
static void print_fault(const struct verify_host *host,
                        const struct ledger_fault *f)
{
    char id[ID_TEXT_BYTES];

    if (f->name.home[0] != '\0')
        printf("%s, ", host->name(host->who, f->name.home));
    if (!id_is_zero(&f->record))
        printf("record %s, ", id_text(id, &f->record));
    if (f->name.home[0] != '\0')
        printf("position %llu of %s", (unsigned long long)f->seq,
               f->name.channel);
    else
        printf("%s", f->change != 0 ? "outside any stream" : f->what);
    printf(": %s\n", f->detail);
}

static void see_fault(void *who, const struct ledger_fault *fault)
{
    struct verifying *v = who;

    if (fault->change != 0)
        remember(&v->out->changes, fault->change);
    else if (fault->object != 0)
        remember(&v->out->objects, fault->object);
    else
        v->out->other++;
    print_fault(v->host, fault);
}

static void see_file(void *who, const char *text)
{
    struct verifying *v = who;

    v->out->broken = true;
    v->out->counts.faults++;
    printf("the database file: %s\n", text);
}

static bool head_good(void *who, const struct stream_name *name,
                      const struct stream_position *at,
                      struct bytes signed_head)
{
    const struct verifying *v = who;

    return v->host->head_good(v->host->who, name, at, signed_head);
}

static int advise(const struct verify_host *host,
                  const struct verify_result *out, struct error *err)
{
    unsigned long long faults = out->counts.faults;

    if (faults == 0)
        return 0;
    if (!out->broken && out->other == 0)
        return error_set(err, ERR_DAMAGED,
                         "%llu damaged change(s) or vault object(s), listed "
                         "above. Type `%s repair`: the other side has them, "
                         "they are fetched again and put right",
                         faults, host->program);
    return error_set(err, ERR_DAMAGED,
                     "%llu differences, listed above: stop `%s serve` and type "
                     "`%s repair`. It reads what can be read into a new file "
                     "and keeps this one; what is lost comes again from the "
                     "other side",
                     faults, host->program, host->program);
}

int verify_run(struct ledger *ledger, struct db *db,
               const struct verify_host *host, struct verify_result *out,
               struct error *err)
{
    struct verifying v = {host, out};
    struct error why = {""};
    int rc =
        ledger_verify(ledger, &out->counts, head_good, see_fault, &v, &why);

    if (rc == ERR_IO || rc == ERR_FULL || rc == ERR_AGAIN)
        return error_set(err, rc, "%s", why.text);
    if (rc == 0 && host->others != NULL)
        rc = host->others(host->who, see_fault, &v, &out->counts.faults);
    if (rc != 0) /* a name, a number that leads nowhere */
        see_file(&v, why.text[0] != '\0' ? why.text : db_reason(db));
    if ((rc = db_check(db, see_file, &v)) != 0)
        return error_set(err, rc, "database: %s", db_reason(db));
    printf("verified: %llu streams, %llu changes, %llu records, %llu "
           "figures, %llu differences\n",
           (unsigned long long)out->counts.streams,
           (unsigned long long)out->counts.changes,
           (unsigned long long)out->counts.records,
           (unsigned long long)out->counts.cells,
           (unsigned long long)out->counts.faults);
    return advise(host, out, err);
}
