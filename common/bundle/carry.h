/* common/bundle/carry.h - `bundle export` and `bundle import` of both command
 * lines: from the core's answers into files, and back.
 *
 * Block by block, so the memory it takes does not grow with the file. What a
 * person reads is in both languages, as it is told on the telephone.
 */
#ifndef LIENXA_BUNDLE_CARRY_H
#define LIENXA_BUNDLE_CARRY_H

#include "common/bundle/file.h"
#include "common/bundle/parcel.h"

struct carrier {
    /* A command of the core; `args` is taken; owned, or NULL with `err` set. */
    struct json *(*call)(void *who, const char *command, struct json *args,
                         struct error *err);
    void *who;
    bool as_json;  /* one object on stdout at the end, no words */
    bool progress; /* on stderr */
};

struct carry_order {
    const char *path;
    uint64_t size;    /* of one file, the rest goes into PATH.2, .3; 0: all */
    const char *unit; /* the hub's: for whom; NULL: a node's */
    int64_t after;    /* node: from behind this position; -1: not given */
    bool whole;       /* hub: from the beginning of its channels */
    int64_t files;    /* bytes that files of reports may take; -1: all */
};
enum { CARRY_SIZE_LEAST = 1 << 20 };

/* 0, or a negative code: what was written whole is good, and `err` says how to
 * go on. Words need room; of files go as many as there is room for, the rest
 * begins the next bundle. */
int carry_export(const struct carrier *c, const struct carry_order *order,
                 struct error *err);
/* 0: all of it was taken, or was here. ERR_DAMAGED: torn, or the
 * end of the bundle is neither in it nor in the file beside it (PATH.2).
 * ERR_REFUSED. What
 * could be taken was. */
int carry_import(const struct carrier *c, const char *path, struct error *err);

/* "64M", "512k", "2G", or bytes; false when it is not a size. */
bool carry_size_parse(uint64_t *out, const char *text);
/* The same, or "none". */
bool carry_files_parse(int64_t *out, const char *text);

#endif
