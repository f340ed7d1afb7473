/* common/media/shelf.h - where a program keeps the files of reports: one folder
 * and the rows about what lies in it (common/store/media.h).
 *
 * NAME is a whole file, NAME.part one that is being fetched (NAME in hex),
 * NAME.REPORT-N.sealed the original that a report had as its file N: two
 * reports may have the same picture, and each its own original, sealed for
 * whoever may open it. It goes with its report. A name appears after its
 * content is durable, and the row that says so is committed after that
 * (PROTOCOL 7.12); a file is removed after the commit that made it GONE. One
 * thread.
 *
 * Pieces that go by hand (common/media/carry.h) come in any order: a part may
 * have holes.
 */
#ifndef LIENXA_MEDIA_SHELF_H
#define LIENXA_MEDIA_SHELF_H

#include "common/media/file.h"
#include "common/store/media.h"

enum { MEDIA_ORPHAN_MS = 24 * 3600 * 1000 };

struct media_shelf {
    char folder[4200];
    uint8_t key[BOX_KEY_BYTES];
    struct media_store *rows; /* borrowed */
    struct media_file *open;  /* the one that was given from last */
    struct hash open_name;
    bool came; /* a file is here that was not: cleared by who looks at it */
};

/* Of the folder DATA/media; `key` is copied. */
void media_shelf_open(struct media_shelf *shelf, const char *data,
                      const uint8_t key[BOX_KEY_BYTES],
                      struct media_store *rows);
/* The folder, if it is not there: before anything is written. */
int media_shelf_make(const struct media_shelf *shelf, struct error *err);
void media_shelf_close(struct media_shelf *shelf);
/* The key in this file; makes it when `make` and it is not there. */
int media_shelf_key(uint8_t out[BOX_KEY_BYTES], const char *path, bool make,
                    struct error *err);

enum { MEDIA_PATH = 4300 };
/* `end`: "", ".part" or that of an original. */
void media_shelf_path(const struct media_shelf *shelf, char out[MEDIA_PATH],
                      const struct hash *name, const char *end);
enum { MEDIA_END = 64 };
/* The end of an original's path; `number` as media_store_ended gives it, too.
 */
void media_shelf_original(char out[MEDIA_END], const struct id *record,
                          int number);

/* Appends a piece of a whole file. ERR_MISSING, ERR_DAMAGED, ERR_IO. */
int media_shelf_piece(struct media_shelf *shelf, const struct hash *name,
                      uint32_t number, struct buf *out);

/* A file that is coming. Zeroed: none. */
struct media_part {
    struct media_row row;
    struct media_file *file; /* NULL: none */
    uint32_t next;           /* the first piece that is not here */
    bool guessed;            /* not all before it were looked at */
};
/* Goes on with what is there of it, or begins. The row must be WANTED. */
int media_part_open(struct media_part *part, struct media_shelf *shelf,
                    const struct media_row *row, struct error *err);
/* The next piece. ERR_AGAIN: not the next; ERR_DAMAGED: not what the name
 * proves, and what was there is thrown away. After the last one the file is
 * durable under its name, the row HERE in this transaction, the part closed. */
int media_part_put(struct media_part *part, struct media_shelf *shelf,
                   uint32_t number, struct bytes piece, struct error *err);
/* The same in any order, once the list is here. ERR_EXISTS: it is here;
 * ERR_AGAIN: it cannot be checked yet; ERR_DAMAGED: nothing else is thrown
 * away, but for a list that does not give the name. */
int media_part_place(struct media_part *part, struct media_shelf *shelf,
                     uint32_t number, struct bytes piece, struct error *err);
void media_part_close(struct media_part *part);
/* As media_part_open, where `reached` pieces are believed to be here: only the
 * last of them is looked at, and all once the file is whole. */
int media_part_resume(struct media_part *part, struct media_shelf *shelf,
                      const struct media_row *row, uint32_t reached,
                      struct error *err);
/* How many pieces of it are probably here: `reached`, or if 0 as many as its
 * part is long. The last of them is looked at. */
uint32_t media_part_came(const struct media_shelf *shelf,
                         const struct media_row *row, uint32_t reached);

/* A file made elsewhere in DATA (locked for the shelf's key and synced) takes
 * its name, in the place of what had it: that may be rotten, or of a report
 * that came to nothing. */
int media_shelf_adopt(struct media_shelf *shelf, const char *path,
                      const struct hash *name, const char *end,
                      struct error *err);
/* The path of an original of this file whose report was never written: the
 * disk said no, or a crash came between. ERR_MISSING. */
int media_shelf_stray(const struct media_shelf *shelf, const struct hash *name,
                      char out[MEDIA_PATH]);
/* Makes what was adopted durable; before the commit. */
int media_shelf_sync(struct media_shelf *shelf, struct error *err);

/* Removes the files that are GONE, and the originals of reports that ended,
 * since an earlier transaction. Call it when one begins. `*stuck`: how many the
 * disk keeps; they are tried again with the next call. */
int media_shelf_tidy(struct media_shelf *shelf, unsigned *stuck);

/* Is it here as its name says, every piece? 0, ERR_MISSING, ERR_DAMAGED. */
int media_shelf_check(struct media_shelf *shelf, const struct media_row *row);

/* Going through all of them, a little at a time. Zeroed: from the beginning. */
struct media_sweep {
    int64_t id;   /* of the row that was looked at last */
    void *folder; /* behind all rows: how far its names were looked at */
    struct media_file *file;
    struct media_row row;
    uint32_t next; /* piece of it */
    uint64_t checked, faults, orphans;
};
struct media_sweep_host {
    void *who;
    /* A row whose file is missing or rotten: ERR_MISSING, ERR_DAMAGED. */
    void (*fault)(void *who, const struct media_row *row, int code);
};
/* Reads at most `pieces`, or as many times MEDIA_SWEEP_NAMES names, in a
 * transaction: a file that somebody put back is HERE, one without a row (an
 * original: without its report) and older than MEDIA_ORPHAN_MS is removed. 1:
 * there is more; 0: that was all. */
enum { MEDIA_SWEEP_NAMES = 16 };
int media_sweep_step(struct media_sweep *sweep, struct media_shelf *shelf,
                     unsigned pieces, int64_t wall_ms,
                     const struct media_sweep_host *host);
/* Of one that is not at its end. */
void media_sweep_close(struct media_sweep *sweep);

/* How many pieces of a file that is coming are here, as far as its length
 * tells.
 */
uint32_t media_shelf_have(const struct media_shelf *shelf,
                          const struct media_row *row);

/* Bytes free on the disk, or 0. */
uint64_t media_shelf_free(const struct media_shelf *shelf);

#endif
