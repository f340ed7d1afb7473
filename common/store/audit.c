/* common/store/audit.c - see audit.h. */
#include "common/store/audit.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/store/accounts.h"

enum { Q_HEAD, Q_FIRST, Q_LINK, Q_OLD, Q_TAKE_IN, Q_ALL, Q_LOOSE, Q_COUNT };

#define SAYS "id, at_ms, name, actor, role, address, subject"
enum { SAYS_ID, SAYS_AT, SAYS_TEXTS, SAYS_END = SAYS_TEXTS + 5 };

static const char *const queries[Q_COUNT] = {
    [Q_HEAD] = "SELECT number, link FROM command WHERE number IS NOT NULL"
               " ORDER BY number DESC LIMIT 1",
    [Q_FIRST] = "SELECT link FROM command WHERE number IS NOT NULL"
                " ORDER BY number LIMIT 1",
    [Q_LINK] = "SELECT link FROM command WHERE number = ?",
    [Q_OLD] = "SELECT " SAYS ", rowid FROM command ORDER BY rowid",
    [Q_TAKE_IN] = "UPDATE command SET number = ?, link = ? WHERE rowid = ?",
    [Q_ALL] = "SELECT " SAYS ", number, link FROM command WHERE number > ?"
              " ORDER BY number, rowid",
    [Q_LOOSE] = "SELECT " SAYS " FROM command WHERE number IS NULL"
                " ORDER BY at_ms",
};

struct audit {
    struct db_set *q;
    const struct hash_function *f;
};

int audit_open(struct audit **out, struct db *db, const struct hash_function *f,
               struct error *err)
{
    struct audit *a = mem_new(sizeof *a);
    int rc = db_prepare(&a->q, db, queries, Q_COUNT, err);

    a->f = f;
    if (rc != 0)
        mem_free(&a);
    *out = a;
    return rc;
}

void audit_close(struct audit **audit) { mem_free(audit); }

/* ---- links */

static void put_number(uint8_t *out, uint64_t number, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(number >> 8 * (size - 1 - i));
}

static struct hash link_of(const struct audit *a, const struct hash *before,
                           const struct accounts_command *c)
{
    const char *texts[] = {c->name, c->actor, c->role, c->from, c->subject};
    enum { TEXTS = sizeof texts / sizeof *texts };
    uint8_t at[8], sizes[TEXTS][4];
    struct bytes pieces[4 + 2 * TEXTS] = {
        bytes_of_text("lienxa audit 1\n"),
        bytes_of(before->bytes, sizeof before->bytes),
        bytes_of(c->id.bytes, sizeof c->id.bytes), bytes_of(at, sizeof at)};
    size_t count = 4;

    put_number(at, (uint64_t)c->at_ms, sizeof at);
    for (size_t i = 0; i < TEXTS; i++) {
        struct bytes text = bytes_of_text(texts[i]);

        put_number(sizes[i], text.size, sizeof sizes[i]);
        pieces[count++] = bytes_of(sizes[i], sizeof sizes[i]);
        pieces[count++] = text;
    }
    return a->f->sha256(pieces, count);
}

/* Borrowed from the row. False: its id is none. */
static bool read_says(struct db_stmt *q, struct accounts_command *out)
{
    *out = (struct accounts_command){.at_ms = db_i64(q, SAYS_AT),
                                     .name = db_text(q, SAYS_TEXTS),
                                     .actor = db_text(q, SAYS_TEXTS + 1),
                                     .role = db_text(q, SAYS_TEXTS + 2),
                                     .from = db_text(q, SAYS_TEXTS + 3),
                                     .subject = db_text(q, SAYS_TEXTS + 4)};
    return db_id(q, SAYS_ID, &out->id);
}

/* Number and link of the last entry that has one; zeros: none has. */
static int read_last(struct audit *a, uint64_t *number, struct hash *link)
{
    struct db_stmt *q = db_use(a->q, Q_HEAD);
    int rc = db_step(q);

    *number = 0;
    *link = (struct hash){{0}};
    if (rc == 1) {
        *number = (uint64_t)db_i64(q, 0);
        (void)db_hash(q, 1, link); /* one that is broken stays zeros: told */
    }
    db_done(q);
    return rc < 0 ? rc : 0;
}

/* All that is there, in the order it was written. What a bad page hides, and
 * what is behind it, stays outside: no command may fail for what is old. */
static int take_in(struct audit *a, uint64_t *number, struct hash *link)
{
    struct db_stmt *q = db_use(a->q, Q_OLD), *put;
    struct accounts_command old;
    int rc, done = 0;

    while (done == 0 && (rc = db_step(q)) == 1) {
        (void)read_says(q, &old);
        *link = link_of(a, link, &old);
        put = db_use(a->q, Q_TAKE_IN);
        db_bind_i64(put, (int64_t)++ * number);
        db_bind_hash(put, link);
        db_bind_i64(put, db_i64(q, SAYS_END));
        done = db_run(put);
    }
    db_done(q);
    if (rc == ERR_DAMAGED || rc == ERR_IO)
        rc = 0;
    return done != 0 ? done : rc;
}

int audit_next(struct audit *a, const struct accounts_command *command,
               uint64_t *number, struct hash *link)
{
    struct hash before;
    int rc = read_last(a, number, &before);

    if (rc == 0 && *number == 0)
        rc = take_in(a, number, &before);
    if (rc != 0)
        return rc;
    ++*number;
    *link = link_of(a, &before, command);
    return 0;
}

/* ---- looking */

/* The link of an entry; ERR_MISSING. */
static int read_link(struct audit *a, int query, uint64_t number,
                     struct hash *out)
{
    struct db_stmt *q = db_use(a->q, query);
    int rc;

    if (query == Q_LINK)
        db_bind_i64(q, (int64_t)number);
    rc = db_step(q);
    if (rc == 1)
        rc = db_hash(q, 0, out) ? 0 : ERR_MISSING;
    else if (rc == 0)
        rc = ERR_MISSING;
    db_done(q);
    return rc;
}

int audit_read_head(struct audit *a, struct audit_head *out)
{
    int rc = read_last(a, &out->count, &out->last);

    out->first = (struct hash){{0}};
    if (rc == 0 && out->count > 0)
        rc = read_link(a, Q_FIRST, 0, &out->first);
    return rc == ERR_MISSING ? 0 : rc;
}

struct checking {
    struct audit_found *found;
    void (*fault)(void *who, const char *text);
    void *who;
};

static void tell(struct checking *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void tell(struct checking *c, const char *format, ...)
{
    char text[512];
    va_list args;

    if (c->found->faults++ >= AUDIT_FAULTS_TOLD)
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    c->fault(c->who, text);
}

static void tell_entry(struct checking *c, const struct accounts_command *says,
                       uint64_t number, const char *what)
{
    char at[CLOCK_TEXT_BYTES];

    tell(c, "entry %llu (%.40s by %.60s, %s): %s", (unsigned long long)number,
         says->name, says->actor, clock_text(at, says->at_ms), what);
}

/* From the link that stands at each entry on, so that one that was changed is
 * told once and not with all behind it. */
static int check_linked(struct audit *a, uint64_t from, struct checking *c)
{
    struct db_stmt *q = db_use(a->q, Q_ALL);
    struct accounts_command says;
    struct hash before = {{0}}, link, computed;
    uint64_t number, expected = from + 1;
    int rc = from == 0 ? 0 : read_link(a, Q_LINK, from, &before);

    if (rc == ERR_MISSING)
        rc = 0; /* what follows does not fit, and says so */
    if (rc != 0)
        return rc;
    db_bind_i64(q, (int64_t)from);
    for (; (rc = db_step(q)) == 1; expected = number + 1) {
        number = (uint64_t)db_i64(q, SAYS_END);
        c->found->entries++;
        if (number < expected)
            tell(c, "entry %llu is there twice", (unsigned long long)number);
        if (number > expected)
            tell(c, "entries %llu to %llu are missing",
                 (unsigned long long)expected, (unsigned long long)number - 1);
        link = (struct hash){{0}};
        if (!read_says(q, &says) || !db_hash(q, SAYS_END + 1, &link))
            tell_entry(c, &says, number, "its id or its link is none");
        computed = link_of(a, &before, &says);
        if (number == expected && !hash_equal(&computed, &link))
            tell_entry(c, &says, number,
                       "is not as it was written, or the one before it is not");
        before = link;
    }
    db_done(q);
    return rc;
}

static int check_loose(struct audit *a, bool chained, struct checking *c)
{
    struct db_stmt *q = db_use(a->q, Q_LOOSE);
    struct accounts_command says;
    char at[CLOCK_TEXT_BYTES];
    int rc;

    while ((rc = db_step(q)) == 1) {
        (void)read_says(q, &says);
        c->found->unlinked++;
        if (chained)
            tell(c,
                 "an entry without a number (%.40s by %.60s, %s): it was "
                 "put in past lienxa, or lay behind a damaged page",
                 says.name, says.actor, clock_text(at, says.at_ms));
    }
    db_done(q);
    return rc;
}

int audit_check(struct audit *a, uint64_t from,
                void (*fault)(void *who, const char *text), void *who,
                struct audit_found *out)
{
    struct checking c = {out, fault, who};
    uint64_t last;
    struct hash link;
    int rc;

    *out = (struct audit_found){.entries = 0};
    if ((rc = read_last(a, &last, &link)) != 0 ||
        (rc = check_linked(a, from, &c)) != 0)
        return rc;
    return check_loose(a, last > 0, &c);
}

int audit_holds(struct audit *a, const struct audit_head *then,
                struct error *err)
{
    struct audit_head now = {.count = 0};
    struct hash link;
    int rc = audit_read_head(a, &now);

    if (rc != 0)
        return error_set(err, rc, "the audit log cannot be read");
    switch (audit_step(then, &now)) {
    case AUDIT_OTHER:
        return error_set(err, ERR_DAMAGED, "it is another log now");
    case AUDIT_CUT:
        return error_set(err, ERR_DAMAGED, "entries %llu to %llu are missing",
                         (unsigned long long)now.count + 1,
                         (unsigned long long)then->count);
    case AUDIT_CHANGED:
    case AUDIT_GROWN:
        break;
    }
    if (then->count == 0)
        return 0;
    rc = read_link(a, Q_LINK, then->count, &link);
    if (rc != 0 && rc != ERR_MISSING)
        return error_set(err, rc, "the audit log cannot be read");
    if (rc == ERR_MISSING || !hash_equal(&link, &then->last))
        return error_set(err, ERR_DAMAGED,
                         "of entries 1 to %llu one was changed, taken out or "
                         "put in",
                         (unsigned long long)then->count);
    return 0;
}
