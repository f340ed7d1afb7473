/* common/store/search.c - the tokenizer `vi`, around FTS5's own unicode61. */
#include "common/store/search.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/domain/fold.h"
#include "common/store/db_inside.h"

enum {
    TOKEN_MOST = 64,  /* bytes; a longer one is no word, and cut */
    EXACT_MARK = 0x1f /* before an exact form: in no text that is kept */
};

/* ---- the tokenizer */

struct vi {
    fts5_tokenizer methods; /* unicode61's */
    Fts5Tokenizer *inner;
    struct buf exact; /* of the word at hand */
};

/* One call of vi_tokenize. */
struct pass {
    struct vi *vi;
    struct bytes text;
    bool document;
    void *who;
    int (*token)(void *who, int flags, const char *token, int size, int start,
                 int end);
};

static fts5_api *api_of(sqlite3 *handle)
{
    sqlite3_stmt *q = NULL;
    fts5_api *api = NULL;

    if (sqlite3_prepare_v2(handle, "SELECT fts5(?1)", -1, &q, NULL) ==
        SQLITE_OK) {
        sqlite3_bind_pointer(q, 1, &api, "fts5_api_ptr", NULL);
        (void)sqlite3_step(q);
    }
    sqlite3_finalize(q);
    return api;
}

static void vi_delete(Fts5Tokenizer *tokenizer)
{
    struct vi *vi = (struct vi *)(void *)tokenizer;

    if (vi->inner != NULL)
        vi->methods.xDelete(vi->inner);
    buf_free(&vi->exact);
    mem_free(&vi);
}

static int vi_create(void *api, const char **words, int count,
                     Fts5Tokenizer **out)
{
    const char *options[] = {"remove_diacritics", "2"};
    struct vi *vi = mem_new(sizeof *vi);
    void *user = NULL;
    int rc = ((fts5_api *)api)
                 ->xFindTokenizer(api, "unicode61", &user, &vi->methods);

    (void)words;
    (void)count;
    if (rc == SQLITE_OK)
        rc = vi->methods.xCreate(user, options, 2, &vi->inner);
    if (rc != SQLITE_OK) {
        mem_free(&vi);
        return rc;
    }
    *out = (Fts5Tokenizer *)(void *)vi;
    return SQLITE_OK;
}

/* đ and Đ have no decomposition: unicode61 leaves them as đ. */
static int plain_d(char out[TOKEN_MOST], const char *token, int size)
{
    int used = 0;

    for (int i = 0; i < size && used < TOKEN_MOST; i++) {
        if (i + 1 < size && token[i] == '\xc4' &&
            (token[i + 1] == '\x91' || token[i + 1] == '\x90')) {
            out[used++] = 'd';
            i++;
        } else {
            out[used++] = token[i];
        }
    }
    return used;
}

static int capped(size_t size)
{
    return size < TOKEN_MOST ? (int)size : TOKEN_MOST;
}

static int take_token(void *who, int flags, const char *token, int size,
                      int start, int end)
{
    struct pass *p = who;
    struct buf *exact = &p->vi->exact;
    struct bytes word = bytes_of(p->text.data + start, (size_t)(end - start));
    char plain[TOKEN_MOST];
    int rc =
        p->token(p->who, flags, plain, plain_d(plain, token, size), start, end);

    if (rc != SQLITE_OK || !p->document || !fold_has_accents(word))
        return rc;
    buf_clear(exact);
    buf_add_u8(exact, EXACT_MARK);
    fold_word(exact, word, FOLD_EXACT);
    return p->token(p->who, FTS5_TOKEN_COLOCATED, (const char *)exact->data,
                    capped(exact->size), start, end);
}

static int vi_tokenize(Fts5Tokenizer *tokenizer, void *who, int flags,
                       const char *text, int size,
                       int (*token)(void *who, int flags, const char *token,
                                    int size, int start, int end))
{
    struct vi *vi = (struct vi *)(void *)tokenizer;
    struct pass p = {.vi = vi,
                     .text = bytes_of(text, (size_t)size),
                     .document = flags == FTS5_TOKENIZE_DOCUMENT,
                     .who = who,
                     .token = token};

    if ((flags & FTS5_TOKENIZE_QUERY) && size > 0 && text[0] == EXACT_MARK)
        return token(who, 0, text, capped((size_t)size), 0, size);
    return vi->methods.xTokenize(vi->inner, &p, flags, text, size, take_token);
}

int db_add_tokenizer(struct db *db)
{
    static fts5_tokenizer methods = {vi_create, vi_delete, vi_tokenize};
    fts5_api *api = api_of(db->handle);

    if (api == NULL)
        return ERR_VERSION;
    return api->xCreateTokenizer(api, "vi", api, &methods, NULL) == SQLITE_OK
               ? 0
               : ERR_FULL;
}

/* ---- what to look for */

struct asking {
    struct bytes text;
    struct buf *loose, *exact;
    int words;
};

static void add_quoted(struct buf *out, const char *mark, struct bytes word)
{
    if (out->size > 0)
        buf_add_text(out, " AND ");
    buf_add_text(out, "\"");
    buf_add_text(out, mark);
    for (size_t i = 0; i < word.size; i++) {
        if (word.data[i] == '"')
            buf_add_u8(out, '"');
        buf_add_u8(out, word.data[i]);
    }
    buf_add_text(out, "\"");
}

static int ask_word(void *who, int flags, const char *token, int size,
                    int start, int end)
{
    struct asking *a = who;
    struct bytes word = bytes_of(a->text.data + start, (size_t)(end - start));
    struct buf exact = {0};

    (void)flags;
    if (a->words == SEARCH_WORDS_MOST)
        return SQLITE_OK;
    a->words++;
    add_quoted(a->loose, "", bytes_of(token, (size_t)size));
    if (fold_has_accents(word)) {
        fold_word(&exact, word, FOLD_EXACT);
        if (exact.size >= TOKEN_MOST)
            exact.size = TOKEN_MOST - 1; /* with its mark as in the table */
        add_quoted(a->exact, "\x1f", buf_bytes(&exact));
    }
    buf_free(&exact);
    return SQLITE_OK;
}

int search_expressions(struct db *db, const char *text, struct buf *loose,
                       struct buf *exact)
{
    struct asking a = {bytes_of_text(text), loose, exact, 0};
    Fts5Tokenizer *vi = NULL;
    fts5_api *api = api_of(db->handle);
    int rc = api == NULL ? SQLITE_ERROR : vi_create(api, NULL, 0, &vi);

    if (rc == SQLITE_OK) {
        rc = vi_tokenize(vi, &a, FTS5_TOKENIZE_QUERY, text, (int)a.text.size,
                         ask_word);
        vi_delete(vi);
    }
    return rc == SQLITE_OK ? a.words : ERR_FULL;
}
