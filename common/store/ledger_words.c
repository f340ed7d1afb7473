/* common/store/ledger_words.c - texts that are named by number. */
#include <assert.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/store/ledger_inside.h"

/* A home by its name, home 0; or a village within its home. */
struct word {
    uint32_t home, id;
    char text[];
};

enum { WORDS_ROOM = 64 };

static size_t text_slot(uint32_t home, const char *text, size_t room)
{
    uint32_t h = 2166136261u ^ home; /* FNV-1a */

    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * 16777619u;
    return h & (room - 1);
}

static size_t id_slot(uint32_t home, uint32_t id, size_t room)
{
    return ((id ^ home << 16) * 2654435769u >> 7) & (room - 1);
}

static struct word *known_text(const struct words *w, uint32_t home,
                               const char *text)
{
    if (w->room == 0)
        return NULL;
    for (size_t i = text_slot(home, text, w->room);;
         i = (i + 1) & (w->room - 1))
        if (!w->by_text[i] || (w->by_text[i]->home == home &&
                               strcmp(w->by_text[i]->text, text) == 0))
            return w->by_text[i];
}

static struct word *known_id(const struct words *w, uint32_t home, uint32_t id)
{
    if (w->room == 0)
        return NULL;
    for (size_t i = id_slot(home, id, w->room);; i = (i + 1) & (w->room - 1))
        if (!w->by_id[i] ||
            (w->by_id[i]->home == home && w->by_id[i]->id == id))
            return w->by_id[i];
}

static void put(struct words *w, struct word *word)
{
    size_t i = text_slot(word->home, word->text, w->room);

    while (w->by_text[i])
        i = (i + 1) & (w->room - 1);
    w->by_text[i] = word;
    for (i = id_slot(word->home, word->id, w->room); w->by_id[i];)
        i = (i + 1) & (w->room - 1);
    w->by_id[i] = word;
    w->count++;
}

static void grow(struct words *w)
{
    struct words old = *w;

    w->room = old.room ? 2 * old.room : WORDS_ROOM;
    w->by_text = mem_array(w->room, sizeof(struct word *));
    w->by_id = mem_array(w->room, sizeof(struct word *));
    w->count = 0;
    for (size_t i = 0; i < old.room; i++)
        if (old.by_text[i])
            put(w, old.by_text[i]);
    mem_free(&old.by_text);
    mem_free(&old.by_id);
}

static struct word *remember(struct words *w, uint32_t home, uint32_t id,
                             const char *text)
{
    size_t size = strlen(text) + 1;
    struct word *word = mem_new(sizeof *word + size);

    word->home = home;
    word->id = id;
    memcpy(word->text, text, size);
    if (2 * (w->count + 1) > w->room)
        grow(w);
    put(w, word);
    return word;
}

void ledger_words_drop(struct ledger *l)
{
    for (size_t i = 0; i < l->words.room; i++)
        mem_free(&l->words.by_text[i]);
    mem_free(&l->words.by_text);
    mem_free(&l->words.by_id);
    l->words = (struct words){0};
}

static void bind_name(struct db_stmt *q, uint32_t home, const char *text)
{
    if (home != 0)
        db_bind_i64(q, home);
    db_bind_text(q, text);
}

/* Answers 0 in `*id` when the numbers of the home's villages have run out. */
static int add_village(struct ledger *l, uint32_t home, const char *text,
                       int64_t *id)
{
    struct db_stmt *q = use(l, Q_VILLAGE_LAST);
    int64_t next = 0;
    int rc;

    db_bind_i64(q, home);
    if ((rc = db_step(q)) == 1)
        next = db_i64(q, 0) + 1;
    db_done(q);
    if (rc < 0 || next > WORD_MOST)
        return rc < 0 ? rc : 0;
    *id = next;
    q = use(l, Q_VILLAGE_ADD);
    bind_name(q, home, text);
    db_bind_i64(q, next);
    return db_run(q);
}

static int add_word(struct ledger *l, const char *text, int64_t *id)
{
    struct db_stmt *q = use(l, Q_WORD_ADD);
    int rc;

    db_bind_text(q, text);
    rc = db_run(q);
    *id = db_last_id(l->db);
    return rc;
}

static int ask(struct ledger *l, uint32_t home, const char *text, int64_t *id)
{
    struct db_stmt *q = use(l, home != 0 ? Q_VILLAGE_NUMBER : Q_WORD_ID);
    int rc;

    bind_name(q, home, text);
    if ((rc = db_step(q)) == 1)
        *id = db_i64(q, 0);
    db_done(q);
    return rc < 0 ? rc : 0;
}

static int number_of(struct ledger *l, uint32_t home, const char *text,
                     enum word_make make, uint32_t *out)
{
    const struct word *word =
        text[0] ? known_text(&l->words, home, text) : NULL;
    int64_t id = 0;
    int rc;

    *out = word ? word->id : 0;
    if (word || !text[0])
        return 0;
    if ((rc = ask(l, home, text, &id)) == 0 && id == 0 && make == WORD_MAKE)
        rc = home != 0 ? add_village(l, home, text, &id)
                       : add_word(l, text, &id);
    if (rc != 0 || id == 0)
        return rc;
    assert(id > 0 && id <= UINT32_MAX);
    *out = remember(&l->words, home, (uint32_t)id, text)->id;
    return 0;
}

int ledger_word_id(struct ledger *l, const char *text, enum word_make make,
                   uint32_t *out)
{
    return number_of(l, 0, text, make, out);
}

int ledger_village_id(struct ledger *l, uint32_t home, const char *text,
                      enum word_make make, uint32_t *out)
{
    *out = 0;
    return home != 0 ? number_of(l, home, text, make, out) : 0;
}

static const char *text_of(struct ledger *l, uint32_t home, uint32_t id)
{
    const struct word *word = known_id(&l->words, home, id);
    struct db_stmt *q;

    if (word || id == 0)
        return word ? word->text : "";
    q = use(l, home != 0 ? Q_VILLAGE_TEXT : Q_WORD_TEXT);
    if (home != 0)
        db_bind_i64(q, home);
    db_bind_i64(q, id);
    if (db_step(q) == 1)
        word = remember(&l->words, home, id, db_text(q, 0));
    db_done(q);
    return word ? word->text : "";
}

const char *ledger_word(struct ledger *l, uint32_t id)
{
    return text_of(l, 0, id);
}

const char *ledger_village(struct ledger *l, uint32_t home, uint32_t number)
{
    return home != 0 ? text_of(l, home, number) : "";
}
