/* common/store/ledger_words.c - texts that are named by number. */
#include <assert.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/store/ledger_inside.h"

struct word {
    uint32_t id;
    char text[];
};

enum { WORDS_ROOM = 64 };

static size_t text_slot(const char *text, size_t room)
{
    uint32_t h = 2166136261u; /* FNV-1a */

    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * 16777619u;
    return h & (room - 1);
}

static size_t id_slot(uint32_t id, size_t room)
{
    return (id * 2654435769u >> 7) & (room - 1);
}

static struct word *known_text(const struct words *w, const char *text)
{
    if (w->room == 0)
        return NULL;
    for (size_t i = text_slot(text, w->room);; i = (i + 1) & (w->room - 1))
        if (!w->by_text[i] || strcmp(w->by_text[i]->text, text) == 0)
            return w->by_text[i];
}

static struct word *known_id(const struct words *w, uint32_t id)
{
    if (w->room == 0)
        return NULL;
    for (size_t i = id_slot(id, w->room);; i = (i + 1) & (w->room - 1))
        if (!w->by_id[i] || w->by_id[i]->id == id)
            return w->by_id[i];
}

static void put(struct words *w, struct word *word)
{
    size_t i = text_slot(word->text, w->room);

    while (w->by_text[i])
        i = (i + 1) & (w->room - 1);
    w->by_text[i] = word;
    for (i = id_slot(word->id, w->room); w->by_id[i];)
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

static struct word *remember(struct words *w, uint32_t id, const char *text)
{
    size_t size = strlen(text) + 1;
    struct word *word = mem_new(sizeof *word + size);

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

/* Answers 0 in `*id` when the numbers of villages have run out. */
static int add(struct ledger *l, const char *text, enum word_make make,
               int64_t *id)
{
    struct db_stmt *q = use(l, Q_WORD_LAST);
    int64_t last = 0;
    int rc = db_step(q);

    if (rc == 1)
        last = db_i64(q, 0);
    db_done(q);
    if (rc < 0 || (make == WORD_VILLAGE && last >= WORD_VILLAGE_MOST))
        return rc < 0 ? rc : 0;
    q = use(l, Q_WORD_ADD);
    db_bind_text(q, text);
    rc = db_run(q);
    *id = db_last_id(l->db);
    return rc;
}

static int ask(struct ledger *l, const char *text, int64_t *id)
{
    struct db_stmt *q = use(l, Q_WORD_ID);
    int rc;

    db_bind_text(q, text);
    if ((rc = db_step(q)) == 1)
        *id = db_i64(q, 0);
    db_done(q);
    return rc < 0 ? rc : 0;
}

int ledger_word_id(struct ledger *l, const char *text, enum word_make make,
                   uint32_t *out)
{
    const struct word *word = text[0] ? known_text(&l->words, text) : NULL;
    int64_t id = 0;
    int rc;

    *out = word ? word->id : 0;
    if (word || !text[0])
        return 0;
    if ((rc = ask(l, text, &id)) != 0)
        return rc;
    if (id == 0 && make != WORD_FIND && (rc = add(l, text, make, &id)) != 0)
        return rc;
    if (id == 0)
        return 0;
    assert(id > 0 && id <= UINT32_MAX);
    *out = remember(&l->words, (uint32_t)id, text)->id;
    return 0;
}

int ledger_name_home(struct ledger *l, const char *home)
{
    uint32_t number;

    return ledger_word_id(l, home, WORD_HOME, &number);
}

const char *ledger_word(struct ledger *l, uint32_t id)
{
    const struct word *word = known_id(&l->words, id);
    struct db_stmt *q;

    if (word || id == 0)
        return word ? word->text : "";
    q = use(l, Q_WORD_TEXT);
    db_bind_i64(q, id);
    if (db_step(q) == 1)
        word = remember(&l->words, id, db_text(q, 0));
    db_done(q);
    return word ? word->text : "";
}
