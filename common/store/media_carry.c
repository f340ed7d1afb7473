/* common/store/media_carry.c - see media_carry.h. */
#include "common/store/media_carry.h"

#include <string.h>

#include "common/base/mem.h"

enum {
    Q_FIRST_OF_NODE,
    Q_FIRST_OF_HUB,
    Q_FIND_OF_NODE,
    Q_FIND_OF_HUB,
    Q_LEFT_OF_NODE,
    Q_LEFT_OF_HUB,
    Q_ROUND,
    Q_MARK,
    Q_TOLD,
    Q_CLEAR,
    Q_UNSAID,
    Q_RECORDS,
    Q_LACK,
    Q_REACHED,
    Q_HAS_REACHED,
    Q_COUNT
};

#define COLUMNS                                                                \
    MEDIA_ROW ", coalesce(c.told_ms, 0), coalesce(c.lacks, 0),"                \
              " coalesce(c.round, 0), coalesce(c.next, 0)"
/* ?1: the unit; at a node ?2 its home, ?3 the kind of reports, ?4 whether their
 * words leave. */
#define OF_NODE                                                                \
    " FROM media LEFT JOIN media_carry c ON c.unit = ?1"                       \
    " AND c.name = media.name WHERE media.state = 2"                           \
    " AND coalesce(c.lacks, 0) >= 0 AND EXISTS (SELECT 1 FROM media_use u"     \
    " WHERE u.name = media.name AND u.home = ?2 AND u.kept = 0"                \
    " AND (u.kind <> ?3 OR ?4))"
#define OF_HUB                                                                 \
    " FROM media_carry c JOIN media ON media.name = c.name"                    \
    " WHERE c.unit = ?1 AND media.state = 2 AND c.lacks >= 0"                  \
    " AND EXISTS (SELECT 1 FROM media_use u WHERE u.name = media.name"         \
    " AND u.kept = 0 AND u.home <> '' AND (u.home = ?1 OR u.goes = ?1))"
#define FIRST                                                                  \
    " AND coalesce(c.round, 0) < ? ORDER BY coalesce(c.told_ms, 0) = 0,"       \
    " (SELECT max(urgent) FROM media_use u WHERE u.name = media.name) DESC,"   \
    " coalesce(c.round, 0), media.id LIMIT ?"
#define LEFT                                                                   \
    "SELECT count(*), total(max(0, media.size - 16384 * max("                  \
    "coalesce(c.lacks, 0), coalesce(c.next, 0))))"

static const char *const queries[Q_COUNT] = {
    [Q_FIRST_OF_NODE] = "SELECT media.name" OF_NODE FIRST,
    [Q_FIRST_OF_HUB] = "SELECT media.name" OF_HUB FIRST,
    [Q_FIND_OF_NODE] = "SELECT " COLUMNS OF_NODE " AND media.name = ?",
    [Q_FIND_OF_HUB] = "SELECT " COLUMNS OF_HUB " AND media.name = ?",
    [Q_LEFT_OF_NODE] = LEFT OF_NODE " AND coalesce(c.round, 0) < ?",
    [Q_LEFT_OF_HUB] = LEFT OF_HUB " AND c.round < ?",
    [Q_ROUND] = "SELECT 1 + coalesce(max(round), 0) FROM media_carry"
                " WHERE unit = ?",
    [Q_MARK] = "INSERT INTO media_carry (unit, name, told_ms, lacks, round,"
               " next) VALUES (?1, ?2, 0, 0, ?3, ?4)"
               " ON CONFLICT (unit, name) DO UPDATE SET next = ?4,"
               " round = max(round, ?3)",
    [Q_TOLD] = "INSERT INTO media_carry (unit, name, told_ms, lacks, round,"
               " next) VALUES (?1, ?2, ?3, ?4, 0, 0)"
               " ON CONFLICT (unit, name) DO UPDATE SET told_ms = ?3,"
               " next = CASE WHEN lacks = ?4 THEN next ELSE 0 END,"
               " lacks = ?4 WHERE told_ms <= ?3 OR told_ms > ?5",
    [Q_CLEAR] = "DELETE FROM media_carry WHERE unit = ? AND name > ?"
                " AND name <= ? AND (told_ms < ? OR told_ms > ?)",
    [Q_UNSAID] = "SELECT " COLUMNS OF_NODE " AND media.name > ?5"
                 " AND media.name <= ?6 AND (coalesce(c.told_ms, 0) < ?7"
                 " OR c.told_ms > ?8)"
                 " ORDER BY media.name LIMIT 1",
    [Q_RECORDS] = "SELECT record FROM media_use WHERE name = ? AND home = ?"
                  " AND kept = 0",
    /* by name, not by source, or each of them would look at all */
    [Q_LACK] = "SELECT " MEDIA_ROW ", reached FROM media"
               " WHERE state = 1 AND +source = ? AND name > ?"
               " ORDER BY name LIMIT 1",
    [Q_REACHED] = "UPDATE media SET reached = ? WHERE name = ?",
    [Q_HAS_REACHED] = "SELECT reached FROM media WHERE name = ?",
};

struct media_carry {
    struct db_set *q;
};

int media_carry_open(struct media_carry **out, struct db *db, struct error *err)
{
    struct media_carry *s = mem_new(sizeof *s);
    int rc = db_prepare(&s->q, db, queries, Q_COUNT, err);

    if (rc != 0)
        mem_free(&s);
    *out = s;
    return rc;
}

void media_carry_close(struct media_carry **carry) { mem_free(carry); }

static int one(struct db_stmt *q, struct media_carry_row *out)
{
    int rc = db_step(q);

    if (rc == 1 && (rc = media_store_row(q, &out->file)) == 0) {
        out->told_ms = db_i64(q, MEDIA_ROW_COLUMNS);
        out->lacks = db_i64(q, MEDIA_ROW_COLUMNS + 1);
        out->round = db_i64(q, MEDIA_ROW_COLUMNS + 2);
        out->next = db_i64(q, MEDIA_ROW_COLUMNS + 3);
    } else if (rc == 0) {
        rc = ERR_MISSING;
    }
    db_done(q);
    return rc;
}

static void bind_home(struct db_stmt *q, const struct media_carry_rule *rule)
{
    db_bind_text(q, rule->home);
    db_bind_i64(q, rule->report_kind);
    db_bind_i64(q, rule->reports);
}

static struct db_stmt *use(struct media_carry *s, int of_node,
                           const struct media_carry_rule *rule)
{
    bool at_hub = rule->unit[0] != '\0';
    struct db_stmt *q = db_use(s->q, at_hub ? of_node + 1 : of_node);

    db_bind_text(q, rule->unit);
    if (!at_hub)
        bind_home(q, rule);
    return q;
}

int media_carry_first(struct media_carry *s,
                      const struct media_carry_rule *rule, int64_t round,
                      struct hash out[MEDIA_CARRY_FIRST])
{
    struct db_stmt *q = use(s, Q_FIRST_OF_NODE, rule);
    int count = 0, rc;

    db_bind_i64(q, round);
    db_bind_i64(q, MEDIA_CARRY_FIRST);
    while ((rc = db_step(q)) == 1 && count < MEDIA_CARRY_FIRST)
        if (!db_hash(q, 0, &out[count++])) {
            rc = ERR_DAMAGED;
            break;
        }
    db_done(q);
    return rc < 0 ? rc : count;
}

int media_carry_find(struct media_carry *s, const struct media_carry_rule *rule,
                     const struct hash *name, struct media_carry_row *out)
{
    struct db_stmt *q = use(s, Q_FIND_OF_NODE, rule);

    db_bind_hash(q, name);
    return one(q, out);
}

void media_carry_left(struct media_carry *s,
                      const struct media_carry_rule *rule, int64_t round,
                      uint64_t *files, uint64_t *bytes)
{
    struct db_stmt *q = use(s, Q_LEFT_OF_NODE, rule);

    *files = *bytes = 0;
    db_bind_i64(q, round);
    if (db_step(q) == 1) {
        *files = (uint64_t)db_i64(q, 0);
        *bytes = (uint64_t)db_i64(q, 1);
    }
    db_done(q);
}

int64_t media_carry_round(struct media_carry *s, const char *unit)
{
    struct db_stmt *q = db_use(s->q, Q_ROUND);
    int64_t round = 1;

    db_bind_text(q, unit);
    if (db_step(q) == 1)
        round = db_i64(q, 0);
    db_done(q);
    return round;
}

int media_carry_mark(struct media_carry *s, const char *unit,
                     const struct hash *name, int64_t round, uint32_t next)
{
    struct db_stmt *q = db_use(s->q, Q_MARK);

    db_bind_text(q, unit);
    db_bind_hash(q, name);
    db_bind_i64(q, next == 0 ? round : 0);
    db_bind_i64(q, next);
    return db_run(q);
}

/* ---- what a receiver said */

int media_carry_told(struct media_carry *s, const char *unit,
                     const struct hash *name, int64_t lacks,
                     const struct media_said *said)
{
    struct db_stmt *q = db_use(s->q, Q_TOLD);

    db_bind_text(q, unit);
    db_bind_hash(q, name);
    db_bind_i64(q, said->told_ms);
    db_bind_i64(q, lacks);
    db_bind_i64(q, said->beyond_ms);
    return db_run(q);
}

int media_carry_clear(struct media_carry *s, const char *unit,
                      const struct media_range *range,
                      const struct media_said *said)
{
    struct db_stmt *q = db_use(s->q, Q_CLEAR);

    db_bind_text(q, unit);
    db_bind_hash(q, &range->after);
    db_bind_hash(q, &range->last);
    db_bind_i64(q, said->told_ms);
    db_bind_i64(q, said->beyond_ms);
    return db_run(q);
}

int media_carry_unsaid(struct media_carry *s,
                       const struct media_carry_rule *rule,
                       const struct media_range *range,
                       const struct media_said *said, struct media_row *out)
{
    struct db_stmt *q = db_use(s->q, Q_UNSAID);
    struct media_carry_row row;
    int rc;

    db_bind_text(q, rule->unit);
    bind_home(q, rule);
    db_bind_hash(q, &range->after);
    db_bind_hash(q, &range->last);
    db_bind_i64(q, said->told_ms);
    db_bind_i64(q, said->beyond_ms);
    if ((rc = one(q, &row)) == 0)
        *out = row.file;
    return rc;
}

int media_carry_records(struct media_carry *s, const struct hash *name,
                        const char *home,
                        int (*each)(void *who, const struct id *record),
                        void *who)
{
    struct db_stmt *q = db_use(s->q, Q_RECORDS);
    struct id record;
    int rc;

    db_bind_hash(q, name);
    db_bind_text(q, home);
    while ((rc = db_step(q)) == 1)
        if ((rc = db_id(q, 0, &record) ? each(who, &record) : ERR_DAMAGED) != 0)
            break;
    db_done(q);
    return rc > 0 ? 0 : rc;
}

/* ---- what we lack */

int media_carry_lack(struct media_carry *s, const char *source,
                     const struct hash *after, struct media_row *out,
                     uint32_t *reached)
{
    struct db_stmt *q = db_use(s->q, Q_LACK);
    int rc;

    db_bind_text(q, source);
    db_bind_hash(q, after);
    rc = db_step(q);
    if (rc == 1 && (rc = media_store_row(q, out)) == 0)
        *reached = (uint32_t)db_i64(q, MEDIA_ROW_COLUMNS);
    else if (rc == 0)
        rc = ERR_MISSING;
    db_done(q);
    return rc;
}

int media_carry_reached(struct media_carry *s, const struct hash *name,
                        uint32_t reached)
{
    struct db_stmt *q = db_use(s->q, Q_REACHED);

    db_bind_i64(q, reached);
    db_bind_hash(q, name);
    return db_run(q);
}

uint32_t media_carry_has_reached(struct media_carry *s, const struct hash *name)
{
    struct db_stmt *q = db_use(s->q, Q_HAS_REACHED);
    uint32_t reached = 0;

    db_bind_hash(q, name);
    if (db_step(q) == 1)
        reached = (uint32_t)db_i64(q, 0);
    db_done(q);
    return reached;
}
