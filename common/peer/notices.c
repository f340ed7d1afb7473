#include "common/peer/notices.h"

#include <stdio.h>

static int judge_parts(const struct change *change, struct error *err)
{
    if (change->part[PART_FACT].form != PART_WHOLE)
        return error_set(err, ERR_INVALID, "a notice without its fact");
    if (change->part[PART_VAULT].form != PART_ABSENT)
        return error_set(err, ERR_REFUSED, "a notice with a sealed part");
    return 0;
}

int notices_judge(struct wire_arena *arena, const struct change *change,
                  struct error *err)
{
    const struct part *body = &change->part[PART_BODY];
    struct notice_words words;
    struct notice notice;
    int rc = judge_parts(change, err);

    if (rc != 0)
        return rc;
    if (!(change->header.flags & CHANGE_EXPEDITED) || !change->is_signed)
        return error_set(err, ERR_REFUSED, "a notice that proves nothing");
    rc = wire_notice_decode(&notice, change->part[PART_FACT].bytes, err);
    if (rc != 0 || body->form != PART_WHOLE)
        return rc;
    wire_arena_clear(arena);
    rc = wire_notice_words_decode(&words, arena, body->bytes, err);
    return rc == 0 ? notice_check(&notice, &words, err) : rc;
}

int notices_judge_procedure(struct wire_arena *arena,
                            const struct change *change, struct error *err)
{
    const struct part *body = &change->part[PART_BODY];
    struct procedure procedure;
    int rc = judge_parts(change, err);

    if (rc != 0)
        return rc;
    wire_arena_clear(arena);
    rc = wire_procedure_decode(&procedure, arena, change->part[PART_FACT].bytes,
                               err);
    return rc == 0 && body->form == PART_WHOLE
               ? wire_procedure_words_decode(&procedure, arena, body->bytes,
                                             err)
               : rc;
}

struct id notices_procedure_id(const struct hash_function *f, const char *code,
                               const char *from)
{
    struct bytes pieces[] = {bytes_of_text("lienxa procedure 1\n"),
                             bytes_of_text(code), bytes_of_text("\n"),
                             bytes_of_text(from)};
    struct hash hash = f->sha256(pieces, sizeof pieces / sizeof *pieces);

    return id_derive(&hash);
}

/* ---- reading */

static int give_notice(void *who, const struct record_row *row,
                       const struct entry *entry)
{
    const struct notices_reader *r = who;
    struct notices_row out = {.home = row->home, .id = &row->id};
    struct notice_words words;
    struct notice notice;
    const struct part *part;

    if (entry == NULL)
        return 0;
    part = entry->change.part;
    if (wire_notice_decode(&notice, part[PART_FACT].bytes, NULL) != 0)
        return 0;
    wire_arena_clear(r->arena);
    if (part[PART_BODY].form == PART_WHOLE &&
        wire_notice_words_decode(&words, r->arena, part[PART_BODY].bytes,
                                 NULL) == 0)
        out.words = &words;
    out.version = entry->change.header.version;
    out.clock_ms = entry->change.header.clock_ms;
    out.notice = &notice;
    return r->each(r->who, &out);
}

int notices_read(const struct notices_reader *r)
{
    return ledger_records(r->ledger, KIND_NOTICE, NULL, give_notice, (void *)r);
}

struct finding {
    const struct id *id;
    char home[LIMIT_HOME];
};

static int find_home(void *who, const struct record_row *row,
                     const struct entry *entry)
{
    struct finding *f = who;

    (void)entry;
    if (id_compare(&row->id, f->id) != 0)
        return 0;
    (void)snprintf(f->home, sizeof f->home, "%s", row->home);
    return 1;
}

int notices_read_versions(const struct notices_reader *r, const struct id *id)
{
    struct finding f = {.id = id};
    int rc = ledger_records(r->ledger, KIND_NOTICE, NULL, find_home, &f);

    if (rc < 0)
        return rc;
    return f.home[0] == '\0'
               ? ERR_MISSING
               : ledger_history(r->ledger, f.home, id, give_notice, (void *)r);
}

static int give_procedure(void *who, const struct record_row *row,
                          const struct entry *entry)
{
    const struct procedures_reader *r = who;
    const struct part *part;
    struct procedure p;

    (void)row;
    if (entry == NULL)
        return 0;
    part = entry->change.part;
    wire_arena_clear(r->arena);
    if (wire_procedure_decode(&p, r->arena, part[PART_FACT].bytes, NULL) != 0 ||
        part[PART_BODY].form != PART_WHOLE ||
        wire_procedure_words_decode(&p, r->arena, part[PART_BODY].bytes,
                                    NULL) != 0)
        return 0;
    return r->each(r->who, &p);
}

int notices_read_procedures(const struct procedures_reader *r, const char *home)
{
    return ledger_records(r->ledger, KIND_PROCEDURE, home, give_procedure,
                          (void *)r);
}
