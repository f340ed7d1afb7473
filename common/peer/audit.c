#include "common/peer/audit.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"

struct id audit_record(const struct hash_function *f, const char *unit)
{
    struct bytes pieces[] = {bytes_of_text("lienxa audit record 1\n"),
                             bytes_of_text(unit)};
    struct hash hash = f->sha256(pieces, 2);

    return id_derive(&hash);
}

struct seeing {
    struct audit_seen *out;
    const struct hash_function *f;
    bool (*is_signed)(void *who, const struct change *change,
                      struct bytes digest);
    void *who;
};

static int see(void *who, const struct record_row *row,
               const struct entry *entry)
{
    const struct seeing *s = who;
    const struct change *change;
    struct hash digest;

    (void)row;
    if (entry == NULL)
        return 0;
    change = &entry->change;
    if (wire_audit_decode(&s->out->fact, change->part[PART_FACT].bytes, NULL) !=
        0)
        s->out->fact = (struct audit_fact){.unit = ""};
    if (s->is_signed == NULL || !change->is_signed)
        return 0;
    digest = change_digest(s->f, change);
    s->out->is_proved = s->is_signed(
        s->who, change, bytes_of(digest.bytes, sizeof digest.bytes));
    return 0;
}

int audit_read_seen(struct ledger *ledger, const struct hash_function *f,
                    const char *hub, const char *unit,
                    bool (*is_signed)(void *who, const struct change *change,
                                      struct bytes digest),
                    void *who, struct audit_seen *out)
{
    struct id record = audit_record(f, unit);
    struct record_row row = {0};
    struct seeing s = {out, f, is_signed, who};
    int rc;

    *out = (struct audit_seen){.version = 0};
    rc = ledger_record(ledger, hub, &record, &row, see, &s);
    if (rc != 0)
        return rc == ERR_MISSING ? 0 : rc;
    out->version = row.version;
    if (strcmp(out->fact.unit, unit) != 0)
        out->fact = (struct audit_fact){.unit = ""};
    return 0;
}

/* ---- audit verify */

static void say(void *who, const char *text)
{
    (void)who;
    printf("%s\n", text);
}

static void say_seen(const struct audit_seen *seen, uint64_t entries)
{
    char at[CLOCK_TEXT_BYTES];
    uint64_t count = seen->fact.audit.count;

    if (count == 0)
        printf("the district has signed none of it yet: it does within about "
               "an hour of being on the line\n");
    else
        printf("the first %llu are as the district saw and signed them on %s; "
               "%llu came since\n",
               (unsigned long long)count, clock_text(at, seen->fact.at_ms),
               (unsigned long long)(entries - count));
}

/* 0, or ERR_DAMAGED and told. */
static int verify_seen(struct audit *audit, const struct audit_seen *seen,
                       struct error *err)
{
    char at[CLOCK_TEXT_BYTES];
    struct error why = {""};
    int rc;

    if (seen->fact.audit.count > 0 && !seen->is_proved) {
        printf("what is kept of the district's signature is not by a key of "
               "the district: see `verify`\n");
        return ERR_DAMAGED;
    }
    rc = audit_holds(audit, &seen->fact.audit, &why);
    if (rc == ERR_DAMAGED)
        printf("the district saw and signed %llu entries on %s: %s\n",
               (unsigned long long)seen->fact.audit.count,
               clock_text(at, seen->fact.at_ms), why.text);
    else if (rc != 0)
        return error_set(err, rc, "%s", why.text);
    return rc;
}

int audit_verify(struct audit *audit, const struct audit_seen *seen,
                 struct error *err)
{
    struct audit_found found;
    int rc = audit_check(audit, 0, say, NULL, &found), held = 0;

    if (rc != 0)
        return error_set(err, rc, "the audit log cannot be read: see `verify`");
    if (found.faults > AUDIT_FAULTS_TOLD)
        printf(".. and %llu more\n",
               (unsigned long long)(found.faults - AUDIT_FAULTS_TOLD));
    if (seen != NULL && (held = verify_seen(audit, seen, err)) != 0 &&
        held != ERR_DAMAGED)
        return held;
    if (found.faults > 0 || held != 0)
        return error_set(
            err, ERR_DAMAGED,
            "the audit log is not what was written, see above. A machine that "
            "was set back to an older copy lacks what came after it; anything "
            "else was done past lienxa, by hand or by a failing disk. Keep a "
            "copy of this folder as it is, and tell who is responsible for it");
    if (found.unlinked > 0) {
        printf("%llu entries, written before the log was a chain: they are "
               "taken into it with the next one\n",
               (unsigned long long)found.unlinked);
        return 0;
    }
    printf("%llu entries, each linked to the one before\n",
           (unsigned long long)found.entries);
    if (seen != NULL)
        say_seen(seen, found.entries);
    return 0;
}
