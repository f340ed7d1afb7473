/* common/store/ledger_queries.c - every statement of the ledger, prepared when
 * it opens: a typo stops the start, not a turn at three in the morning. */
#include "common/store/ledger_inside.h"

/* An entry, as ledger_entry_of reads it. */
#define ENTRY                                                                  \
    "c.id, c.seq, c.h, c.digest, c.header, c.fact_salt, c.fact,"               \
    " c.body_salt, c.body, c.vault_salt, c.vault, c.signature"

/* A record, as the reading functions see it: 8 columns, then an entry. */
#define RECORD                                                                 \
    "r.id, r.uid, r.home, r.kind, r.version, r.flags, r.cell, r.state"

/* A vault object with the change it belongs to. */
#define VAULT "c.id, c.seq, c.digest, c.header, v.hash, v.bytes"

/* Every change of the record with row `?`, newest arrival first. An arrival
 * before another has the lower row: a link that rotted makes no circle. */
#define CHAIN                                                                  \
    "WITH RECURSIVE chain (id) AS (SELECT last FROM record WHERE id = ?"       \
    " UNION ALL SELECT c.prev FROM chain JOIN change c ON c.id = chain.id"     \
    " WHERE c.prev < c.id) "
#define FROM_CHAIN " FROM chain CROSS JOIN change c ON c.id = chain.id "

/* enum sync_urgent in common/sync/session.h: alerts, receipts, signing keys,
 * incarnations, CURVE keys of the hub. */
#define GOES_FIRST "6, 7, 10, 12, 15"
#define URGENT_BETWEEN                                                         \
    " FROM change c INDEXED BY change_urgent"                                  \
    " CROSS JOIN record r ON r.id = c.record"                                  \
    " WHERE c.stream = ? AND c.seq >= ? AND c.seq <= ? AND c.urgent = 1"

/* LEDGER_RUN rows: each costs a fifth less than by itself. SQLite copies every
 * page that a statement of many rows touches, so that it can be taken back:
 * more rows, fewer copies. */
#define TWO_OF(row) row "," row
#define RUN_OF(row) TWO_OF(TWO_OF(TWO_OF(TWO_OF(TWO_OF(row)))))
#define RECORD_COLUMNS                                                         \
    "(id, uid, home, kind, version, state, last, flags, cell, tag, waits_ms)"
#define RECORD_ROW "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
#define CHANGE_COLUMNS                                                         \
    "(id, stream, seq, record, prev, version, size, urgent, h, digest,"        \
    " header, fact_salt, fact, body_salt, body, vault_salt, vault, signature)"
#define GROWS " ON CONFLICT (cell) DO UPDATE SET count = count + excluded.count"
#define CHANGE_ROW "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

/* What is known of a change besides its bytes: 14 columns. */
#define AROUND                                                                 \
    "c.version, r.uid, r.home, r.flags, c.stream, s.home, s.channel, s.own,"   \
    " s.head, s.h, s.zero, p.h, n.h, n.digest"
#define FROM_AROUND                                                            \
    " LEFT JOIN record r ON r.id = c.record"                                   \
    " LEFT JOIN stream s ON s.id = c.stream"                                   \
    " LEFT JOIN change p ON p.stream = c.stream AND p.seq = c.seq - 1"         \
    " LEFT JOIN change n ON n.stream = c.stream AND n.seq = c.seq + 1"

#define STREAM                                                                 \
    "id, home, channel, own, head, h, zero, acked, acked_most, acked_bytes,"   \
    " clock_ms, bytes, signed_head"

const char *const ledger_queries[QUERY_COUNT] = {
    [Q_WORD_ID] = "SELECT id FROM word WHERE text = ?",
    [Q_WORD_TEXT] = "SELECT text FROM word WHERE id = ?",
    [Q_WORD_ADD] = "INSERT INTO word (text) VALUES (?)",
    [Q_VILLAGE_NUMBER] =
        "SELECT number FROM village WHERE home = ? AND text = ?",
    [Q_VILLAGE_TEXT] = "SELECT text FROM village WHERE home = ? AND number = ?",
    [Q_VILLAGE_NAMED] = "SELECT 1 FROM village WHERE text = ? LIMIT 1",
    [Q_VILLAGE_ADD] =
        "INSERT INTO village (home, text, number) VALUES (?, ?, ?)",
    [Q_VILLAGE_LAST] =
        "SELECT coalesce(max(number), 0) FROM village WHERE home = ?",

    [Q_STREAM_FIND] =
        "SELECT " STREAM " FROM stream WHERE home = ? AND channel = ?",
    [Q_STREAM_ADD] = "INSERT INTO stream (home, channel, own, h, zero)"
                     " VALUES (?, ?, ?, ?4, ?4)",
    [Q_STREAM_ALL] = "SELECT " STREAM " FROM stream ORDER BY id",
    [Q_STREAM_SET] = "UPDATE stream SET head = ?, h = ?, acked = ?,"
                     " acked_most = ?, acked_bytes = ?, clock_ms = ?,"
                     " bytes = ? WHERE id = ?",
    [Q_STREAM_HEAD] = "UPDATE stream SET signed_head = ? WHERE id = ?",
    [Q_STREAM_AT] = "SELECT h, header FROM change WHERE stream = ? AND seq = ?",
    [Q_STREAM_SUM] = "SELECT coalesce(sum(size), 0) FROM change"
                     " WHERE stream = ? AND seq BETWEEN ? AND ?",
    [Q_STREAM_ACK] = "UPDATE change SET urgent = 2"
                     " WHERE stream = ? AND seq <= ? AND urgent = 1",

    [Q_NEXT_CHANGE] = "SELECT coalesce(max(id), 0) + 1 FROM change",
    [Q_NEXT_RECORD] = "SELECT coalesce(max(id), 0) + 1 FROM record",

    [Q_RECORD_FIND] = "SELECT id, kind, version, state, last, flags, cell,"
                      " tag, waits_ms"
                      " FROM record WHERE uid = ? AND home = ?",
    [Q_RECORD_GET] = "SELECT id, kind, version, state, last, flags, cell,"
                     " tag, waits_ms"
                     " FROM record WHERE id = ?",
    [Q_RECORD_ADD] = "INSERT INTO record " RECORD_COLUMNS " VALUES " RECORD_ROW
                     " ON CONFLICT (uid, home) DO NOTHING",
    [Q_RECORD_ADD_RUN] = "INSERT OR IGNORE INTO record " RECORD_COLUMNS
                         " VALUES " RUN_OF(RECORD_ROW),
    [Q_RECORD_SET] = "UPDATE record SET kind = ?, version = ?, state = ?,"
                     " last = ?, flags = ?, cell = ?, tag = ?, waits_ms = ?"
                     " WHERE id = ?",

    [Q_CHANGE_ADD] = "INSERT INTO change " CHANGE_COLUMNS " VALUES " CHANGE_ROW,
    /* FAIL: what is half done is undone by the caller's savepoint */
    [Q_CHANGE_ADD_RUN] = "INSERT OR FAIL INTO change " CHANGE_COLUMNS
                         " VALUES " RUN_OF(CHANGE_ROW),
    [Q_CHANGE_DIGEST] = "SELECT digest FROM change WHERE id = ?",
    [Q_CHANGE_GET] = "SELECT " ENTRY ", c.record, c.stream, c.size"
                     " FROM change c WHERE c.id = ?",
    [Q_CHANGE_PLACE] = "UPDATE change SET stream = ?, seq = ?, h = ?, size = ?,"
                       " urgent = ? WHERE id = ?",
    [Q_CHANGE_PARTS] =
        "UPDATE change SET fact_salt = ?, fact = ?, body_salt = ?, body = ?,"
        " vault_salt = ?, vault = ? WHERE id = ?",

    [Q_EARLY_FIND] = "SELECT id FROM change WHERE record = ? AND version = ?"
                     " AND digest = ? AND stream IS NULL",
    [Q_CHAIN_FIND] = CHAIN "SELECT c.id, c.stream" FROM_CHAIN
                           "WHERE c.version = ? AND c.digest = ?"
                           " ORDER BY coalesce(c.stream, 0) LIMIT 1",
    [Q_CHAIN_STATES] =
        CHAIN "SELECT c.id, c.version, c.digest, c.header, c.prev,"
              " q.change IS NOT NULL, length(c.body_salt) IS 16"
              " OR length(c.vault_salt) IS 16" FROM_CHAIN
              "LEFT JOIN quarantine q ON q.change = c.id",
    [Q_CHAIN_WHOLE] =
        CHAIN "SELECT " ENTRY FROM_CHAIN
              "WHERE length(c.body_salt) = 16 OR length(c.vault_salt) = 16",
    [Q_CHAIN_BODY] = CHAIN "SELECT c.body_salt, c.body" FROM_CHAIN
                           "WHERE length(c.body_salt) = 16",
    [Q_CHAIN_VAULT] = CHAIN "SELECT c.vault_salt, c.vault" FROM_CHAIN
                            "WHERE length(c.vault_salt) = 16",

    [Q_FIGURE_ADD] = "INSERT INTO figure (cell, count) VALUES (?, ?)" GROWS,
    [Q_FIGURE_ADD_RUN] =
        "INSERT INTO figure (cell, count) VALUES " RUN_OF("(?, ?)") GROWS,
    [Q_FIGURE_DROP] = "DELETE FROM figure WHERE cell = ? AND count = 0",
    [Q_FIGURES] = "SELECT cell, count FROM figure"
                  " WHERE cell >= ? AND cell < ? ORDER BY cell",

    [Q_FIGURE_CLEAR] = "DELETE FROM figure",
    [Q_WAITING] = "SELECT uid, home, cell, tag, waits_ms FROM record"
                  " INDEXED BY record_waiting WHERE waits_ms <= ?"
                  " AND cell IS NOT NULL ORDER BY waits_ms DESC, id DESC",
    [Q_WAITS_NEXT] = "SELECT waits_ms FROM record INDEXED BY record_waiting"
                     " WHERE waits_ms > ? ORDER BY waits_ms LIMIT 1",
    [Q_RECOUNT] = "SELECT r.id, r.home, r.cell, r.tag, " ENTRY
                  " FROM record r CROSS JOIN change c ON c.id = r.state"
                  " WHERE r.id > ? AND r.kind = 1 ORDER BY r.id LIMIT ?",
    [Q_RECOUNT_SET] = "UPDATE record SET cell = ?, tag = ?, waits_ms = ?"
                      " WHERE id = ?",

    [Q_QUARANTINE_ADD] = "INSERT INTO quarantine (change, since_ms, reason)"
                         " VALUES (?, ?, ?)",
    [Q_QUARANTINE_DROP] = "DELETE FROM quarantine WHERE change = ?",
    [Q_QUARANTINE_GET] = "SELECT change FROM quarantine WHERE change = ?",
    [Q_QUARANTINE_TRIED] = "UPDATE quarantine SET tries = tries + 1,"
                           " reason = ? WHERE change = ?",
    [Q_QUARANTINE_ALL] =
        "SELECT q.change, q.since_ms, q.reason, s.home, s.channel, c.seq,"
        " c.header FROM quarantine q JOIN change c ON c.id = q.change"
        " LEFT JOIN stream s ON s.id = c.stream ORDER BY q.change",
    [Q_QUARANTINE_COUNT] = "SELECT count(*) FROM quarantine",
    [Q_QUARANTINE_NEWEST] =
        "SELECT q.since_ms, q.reason, c.digest, c.header FROM quarantine q"
        " JOIN change c ON c.id = q.change ORDER BY q.change DESC LIMIT ?",
    [Q_REFUSAL_DROP] = "DELETE FROM refusal WHERE peer = ?",
    [Q_REFUSAL_ADD] =
        "INSERT INTO refusal (peer, place, record, kind, version, digest,"
        " since_ms, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [Q_REFUSALS] = "SELECT peer, record, kind, version, digest, since_ms,"
                   " reason FROM refusal WHERE ?1 IS NULL OR peer = ?1"
                   " ORDER BY peer, place",
    [Q_CONFLICTS] = "SELECT id FROM record WHERE flags & 1 AND id > ?1"
                    " AND (?2 IS NULL OR home = ?2) ORDER BY id LIMIT 1",
    [Q_CONTENTS] = CHAIN "SELECT " RECORD ", " ENTRY FROM_CHAIN
                         "JOIN record r ON r.id = c.record"
                         " WHERE c.version = r.version AND NOT EXISTS"
                         " (SELECT 1 FROM quarantine WHERE change = c.id)"
                         " ORDER BY c.digest",

    [Q_READ] = "SELECT " ENTRY " FROM change c WHERE c.stream = ?"
               " AND c.seq >= ? ORDER BY c.seq",
    [Q_READ_EXPEDITED] =
        "SELECT " ENTRY " FROM change c INDEXED BY change_urgent"
        " WHERE c.stream = ? AND c.seq >= ? AND c.urgent = 1 ORDER BY c.seq",
    [Q_READ_FIRST] = "SELECT " ENTRY URGENT_BETWEEN
                     " AND r.kind IN (" GOES_FIRST ") ORDER BY c.seq",
    [Q_READ_NEWEST] = "SELECT " ENTRY URGENT_BETWEEN
                      " AND r.kind NOT IN (" GOES_FIRST ") ORDER BY c.seq DESC",
    [Q_READ_EARLY] = "SELECT " ENTRY " FROM change c INDEXED BY change_early"
                     " JOIN record r ON r.id = c.record"
                     " WHERE c.stream IS NULL AND r.home = ? ORDER BY c.id",
    [Q_EARLY_COUNT] = "SELECT count(*) FROM change c INDEXED BY change_early"
                      " JOIN record r ON r.id = c.record"
                      " WHERE c.stream IS NULL AND r.home = ?",
    [Q_FIND] =
        CHAIN "SELECT " ENTRY FROM_CHAIN "WHERE c.version = ? AND c.digest = ?"
              " ORDER BY c.stream IS NULL LIMIT 1",
    [Q_SETTLE] = "UPDATE change SET urgent = 2 WHERE id = ? AND urgent = 1",
    [Q_UNSETTLE] = "UPDATE change INDEXED BY change_settled SET urgent = 1"
                   " WHERE stream = ? AND seq > ? AND urgent = 2",
    [Q_EXPEDITED_COUNT] = "SELECT count(*) FROM change INDEXED BY change_urgent"
                          " WHERE stream = ? AND urgent = 1",

    [Q_RECORD_STATE] = "SELECT " RECORD ", " ENTRY
                       " FROM record r LEFT JOIN change c ON c.id = r.state"
                       " WHERE r.uid = ? AND r.home = ?",
    [Q_REPORTS] = "SELECT " RECORD ", " ENTRY
                  " FROM record r CROSS JOIN change c ON c.id = r.state"
                  " WHERE r.kind = ?1 AND (?2 IS NULL OR r.home = ?2)"
                  " ORDER BY r.id DESC",
    [Q_REPORTS_BEFORE] =
        "SELECT " RECORD ", " ENTRY
        " FROM record r CROSS JOIN change c ON c.id = r.state"
        " WHERE r.id < ? AND r.kind = 1 AND r.home = ? ORDER BY r.id DESC",
    [Q_REPORTS_BELOW] = "SELECT " RECORD " FROM record r"
                        " WHERE r.id < ? AND r.kind = 1 ORDER BY r.id DESC",
    [Q_RECORDS_NAMED] = "SELECT " RECORD " FROM record r WHERE r.uid = ?"
                        " ORDER BY r.home",
    [Q_RECORDS] =
        "SELECT " RECORD ", " ENTRY " FROM record r INDEXED BY record_kind"
        " CROSS JOIN change c ON c.id = r.state"
        " WHERE r.kind = ?1 AND r.kind <> 1"
        " AND (?2 IS NULL OR r.home = ?2) ORDER BY r.id DESC",
    [Q_HISTORY] = CHAIN "SELECT " RECORD ", " ENTRY FROM_CHAIN
                        "JOIN record r ON r.id = c.record"
                        " ORDER BY c.version DESC, c.id DESC",

    [Q_DETACH] = "UPDATE change SET stream = NULL, seq = NULL, h = NULL"
                 " WHERE stream = ? AND seq > ?",

    [Q_STAGED_CLEAR] = "DELETE FROM staged",
    [Q_STAGED_ADD] =
        "INSERT INTO staged (seq, size, h, digest, header, fact_salt, fact,"
        " body_salt, body, vault_salt, vault, signature)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [Q_STAGED_NEXT] =
        "SELECT NULL, c.seq, c.h, c.digest, c.header, c.fact_salt, c.fact,"
        " c.body_salt, c.body, c.vault_salt, c.vault, c.signature, c.size"
        " FROM staged c WHERE c.seq > ? ORDER BY c.seq LIMIT 1",
    [Q_STAGED_AT] = "SELECT h FROM staged WHERE seq = ?",
    [Q_STAGED_COUNT] = "SELECT EXISTS (SELECT 1 FROM staged)",
    [Q_STAGED_WHOLE] =
        "SELECT NULL, c.seq, c.h, c.digest, c.header, c.fact_salt, c.fact,"
        " c.body_salt, c.body, c.vault_salt, c.vault, c.signature"
        " FROM staged c WHERE c.seq > ? AND (length(c.body_salt) = 16"
        " OR length(c.vault_salt) = 16) ORDER BY c.seq LIMIT 1",
    [Q_STAGED_PARTS] =
        "UPDATE staged SET fact_salt = ?, fact = ?, body_salt = ?, body = ?,"
        " vault_salt = ?, vault = ? WHERE seq = ?",
    /* A stream's negative row is where ours wait, in their old order. */
    [Q_REBASE_ASIDE] = "UPDATE change SET stream = -stream"
                       " WHERE stream = ? AND seq > ?",
    [Q_REBASE_NEXT] = "SELECT id, digest, header, size, urgent, seq FROM change"
                      " WHERE stream = ? AND seq > ? ORDER BY seq LIMIT 1",

    [Q_VAULT_PUT] =
        "INSERT INTO vault_object (change, hash, bytes) VALUES (?, ?, ?)"
        " ON CONFLICT (change) DO UPDATE SET hash = excluded.hash,"
        " bytes = excluded.bytes",
    [Q_VAULT_DROP] = "DELETE FROM vault_object WHERE change = ?",
    [Q_VAULT_ERASE] = CHAIN "DELETE FROM vault_object"
                            " WHERE change IN (SELECT id FROM chain)",
    [Q_VAULT_READ] = "SELECT " VAULT " FROM change c"
                     " CROSS JOIN vault_object v ON v.change = c.id"
                     " WHERE c.stream = ? AND c.seq BETWEEN ? AND ?"
                     " ORDER BY c.seq",
    [Q_VAULT_FIND] = "SELECT " VAULT " FROM vault_object v"
                     " JOIN change c ON c.id = v.change WHERE v.change = ?",
    [Q_VAULT_ALL] = "SELECT " VAULT " FROM vault_object v"
                    " CROSS JOIN change c ON c.id = v.change"
                    " WHERE v.change > ? ORDER BY v.change",
    [Q_VAULT_COUNT] = "SELECT count(*) FROM vault_object",
    [Q_VAULT_NEXT] = "SELECT seq FROM change INDEXED BY change_place"
                     " WHERE stream = ? AND seq BETWEEN ? AND ?"
                     " AND (length(vault_salt) = 16 OR length(body_salt) = 16)"
                     " ORDER BY seq LIMIT 1",
    [Q_VAULT_NEXT_SEALED] = "SELECT seq FROM change INDEXED BY change_sealed"
                            " WHERE stream = ? AND seq BETWEEN ? AND ?"
                            " AND vault IS NOT NULL ORDER BY seq LIMIT 1",
    /* What stands for a part of the version before it is asked for there; a
     * later one that came first names that part and does not have it. */
    [Q_VAULT_MISSING] =
        "SELECT c.id, c.seq, c.digest, c.header, c.body_salt, c.vault_salt,"
        " c.record FROM change c INDEXED BY change_place"
        " CROSS JOIN record r ON r.id = c.record"
        " LEFT JOIN change p ON p.id = c.prev"
        " WHERE c.stream = ? AND c.seq BETWEEN ? AND ? AND r.flags & 2 = 0"
        " AND ((length(c.body_salt) = 32 AND"
        " (p.version > c.version OR c.body_salt IS NOT p.body_salt))"
        " OR (length(c.vault_salt) = 32 AND"
        " (p.version > c.version OR c.vault_salt IS NOT p.vault_salt)))"
        " AND NOT EXISTS (SELECT 1 FROM vault_object WHERE change = c.id)"
        " ORDER BY c.seq",
    [Q_VAULTED] = "SELECT vaulted FROM stream WHERE home = ? AND channel = ?",
    [Q_VAULTED_SET] = "UPDATE stream SET vaulted = ?"
                      " WHERE home = ? AND channel = ?",
    [Q_LACKING] = "SELECT lack_first, lack_last FROM stream"
                  " WHERE home = ? AND channel = ?",
    [Q_LACKING_SET] = "UPDATE stream SET lack_first = ?, lack_last = ?"
                      " WHERE home = ? AND channel = ?",

    [Q_DAMAGE_ADD] =
        "INSERT INTO damaged (change, digest, since_ms) VALUES (?, ?, ?)"
        " ON CONFLICT (change) DO NOTHING",
    [Q_DAMAGE_DROP] = "DELETE FROM damaged WHERE change = ?",
    [Q_DAMAGE_COUNT] = "SELECT count(*) FROM damaged",
    [Q_DAMAGE_ALL] = "SELECT " ENTRY ", " AROUND
                     ", d.since_ms, d.asked_ms, d.digest FROM damaged d"
                     " JOIN change c ON c.id = d.change" FROM_AROUND
                     " ORDER BY d.asked_ms <> 0, c.id",
    [Q_DAMAGE_FIND] = "SELECT change FROM damaged WHERE digest = ?",
    [Q_DAMAGE_ASKED] =
        "UPDATE damaged SET asked_ms = ? WHERE change = ? AND asked_ms = 0",
    [Q_DAMAGE_ROW] = "SELECT " ENTRY ", " AROUND " FROM change c" FROM_AROUND
                     " WHERE c.id = ?",
    [Q_DAMAGE_BYTES] =
        "UPDATE change SET version = ?, digest = ?, header = ?,"
        " fact_salt = ?, fact = ?, body_salt = ?, body = ?, vault_salt = ?,"
        " vault = ?, signature = ? WHERE id = ?",
    [Q_DAMAGE_DIGEST] = "UPDATE change SET digest = ? WHERE id = ?",
    [Q_DAMAGE_H] = "UPDATE change SET h = ? WHERE id = ?",
    [Q_DAMAGE_LEAVE] =
        "UPDATE change SET stream = NULL, seq = NULL, h = NULL"
        " WHERE stream = ?1 AND id IN (SELECT change FROM damaged"
        " WHERE asked_ms > 0 AND asked_ms < ?2)",
    [Q_DAMAGE_FIRST] =
        "SELECT min(c.seq) FROM damaged d JOIN change c ON c.id = d.change"
        " WHERE c.stream = ? AND d.asked_ms > 0 AND d.asked_ms < ?",
    [Q_DAMAGE_NEXT] = "SELECT id, seq, digest, size, header FROM change"
                      " WHERE stream = ? AND seq > ? ORDER BY seq LIMIT 1",
    [Q_DAMAGE_MOVE] = "UPDATE change SET seq = ?, h = ? WHERE id = ?",
    [Q_SCRUB_AT] = "SELECT change FROM scrubbed",
    [Q_SCRUB_SET] = "INSERT INTO scrubbed (one, change) VALUES (1, ?)"
                    " ON CONFLICT (one) DO UPDATE SET change = excluded.change",
    [Q_SCRUB] = "SELECT " ENTRY " FROM change c WHERE c.id > ?"
                " ORDER BY c.id LIMIT ?",

    [Q_SALVAGE_H] = "UPDATE change SET h = ? WHERE stream = ? AND seq = ?",
    [Q_SALVAGE_VAULT] = "DELETE FROM vault_object WHERE change NOT IN"
                        " (SELECT id FROM change)",

    [Q_VERIFY_CHANGES] = "SELECT " ENTRY ", c.version, r.uid, r.home, s.home,"
                         " s.channel FROM change c"
                         " LEFT JOIN record r ON r.id = c.record"
                         " LEFT JOIN stream s ON s.id = c.stream"
                         " WHERE c.id > ? AND c.id <= ? ORDER BY c.id LIMIT ?",
    [Q_VERIFY_CHAIN] = "SELECT seq, digest, h FROM change"
                       " WHERE stream = ? AND seq >= ? AND seq <= ?"
                       " ORDER BY seq",
    [Q_VERIFY_RECORDS] = "SELECT " RECORD ", " ENTRY ", r.tag, r.waits_ms"
                         " FROM record r LEFT JOIN change c ON c.id = r.state"
                         " WHERE r.id > ? ORDER BY r.id LIMIT ?",
    [Q_VERIFY_CELLS] = "SELECT cell, tag FROM record WHERE cell IS NOT NULL",
    [Q_VERIFY_FIGURES] = "SELECT cell, count FROM figure ORDER BY cell",
    [Q_VERIFY_LAST] = "SELECT coalesce(max(id), 0) FROM change",
};
