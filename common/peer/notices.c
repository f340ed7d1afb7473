#include "common/peer/notices.h"

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
