/* tests/fuzz/fuzz_words.c - what people type into a search: made NFC, folded in
 * each way, turned into what SQLite is asked, which must be an expression that
 * it can read, whatever was typed.
 */
#include "common/domain/fold.h"
#include "common/domain/text.h"
#include "common/store/search.h"
#include "tests/fuzz/fuzz.h"

static const char *const queries[] = {
    "SELECT rowid FROM words WHERE words MATCH ?"};

static struct db *words_table(struct db_set **set)
{
    char path[96];
    struct db *db;
    struct error err = {""};

    (void)snprintf(path, sizeof path, "%s/words.db", fuzz_folder());
    if (db_open(&db, path, DB_WRITE, DB_APP_NODE, &err) != 0 ||
        db_exec(db, "CREATE VIRTUAL TABLE words USING"
                    " fts5 (text, tokenize = 'vi', detail = none)") != 0 ||
        db_exec(db, "INSERT INTO words VALUES ('ghe cát bến Phò Nam')") != 0 ||
        db_prepare(set, db, queries, 1, &err) != 0)
        abort();
    return db;
}

static void match(struct db_set *set, struct buf *expression)
{
    struct db_stmt *q = db_use(set, 0);

    if (expression->size == 0)
        return;
    db_bind_text(q, buf_text(expression));
    if (db_step(q) < 0)
        abort();
    db_done(q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct db *db;
    static struct db_set *set;
    struct buf nfc = {0}, folded = {0}, loose = {0}, exact = {0};

    if (db == NULL)
        db = words_table(&set);
    if (size <= 4096 && utf8_valid(bytes_of(data, size)) &&
        text_nfc(&nfc, bytes_of(data, size)) == 0) {
        for (int how = FOLD_PLAIN; how <= FOLD_ACCENTED; how++) {
            buf_clear(&folded);
            fold_words(&folded, buf_text(&nfc), (enum fold_how)how);
            if (!utf8_valid(buf_bytes(&folded)))
                abort();
        }
        if (search_expressions(db, buf_text(&nfc), &loose, &exact) < 0)
            abort();
        match(set, &loose);
        match(set, &exact);
    }
    buf_free(&nfc);
    buf_free(&folded);
    buf_free(&loose);
    buf_free(&exact);
    return 0;
}
