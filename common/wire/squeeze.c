/* common/wire/squeeze.c - zstd as a pipe, both ways. */
#include "common/wire/squeeze.h"

#include <assert.h>

#include "common/base/mem.h"
#include "common/wire/inside.h"

enum { LEVEL = 3, WINDOW_LOG = 23, ROOM = 128 * 1024 };

struct squeeze {
    ZSTD_CCtx *zip;
    struct squeeze_sink sink;
    uint8_t room[ROOM];
};

struct unsqueeze {
    ZSTD_DCtx *unzip;
    struct squeeze_sink sink;
    uint8_t room[ROOM];
};

struct squeeze *squeeze_new(struct squeeze_sink sink)
{
    struct squeeze *s = mem_new(sizeof *s);

    s->sink = sink;
    s->zip = ZSTD_createCCtx();
    assert(s->zip);
    (void)ZSTD_CCtx_setParameter(s->zip, ZSTD_c_compressionLevel, LEVEL);
    return s;
}

void squeeze_free(struct squeeze **squeeze)
{
    if (*squeeze == NULL)
        return;
    (void)ZSTD_freeCCtx((*squeeze)->zip);
    mem_wipe(*squeeze, sizeof **squeeze);
    mem_free(squeeze);
}

static int run(struct squeeze *s, struct bytes bytes, ZSTD_EndDirective how)
{
    ZSTD_inBuffer in = {bytes.data, bytes.size, 0};
    size_t left;
    int rc = 0;

    do {
        ZSTD_outBuffer out = {s->room, sizeof s->room, 0};

        left = ZSTD_compressStream2(s->zip, &out, &in, how);
        assert(!ZSTD_isError(left));
        if (out.pos > 0)
            rc = s->sink.take(s->sink.who, bytes_of(s->room, out.pos));
    } while (rc == 0 && (in.pos < in.size || (how == ZSTD_e_end && left > 0)));
    return rc;
}

int squeeze_push(struct squeeze *squeeze, struct bytes bytes)
{
    return run(squeeze, bytes, ZSTD_e_continue);
}

int squeeze_end(struct squeeze *squeeze)
{
    return run(squeeze, bytes_of(NULL, 0), ZSTD_e_end);
}

struct unsqueeze *unsqueeze_new(struct squeeze_sink sink)
{
    struct unsqueeze *u = mem_new(sizeof *u);

    u->sink = sink;
    u->unzip = ZSTD_createDCtx();
    assert(u->unzip);
    (void)ZSTD_DCtx_setParameter(u->unzip, ZSTD_d_windowLogMax, WINDOW_LOG);
    return u;
}

void unsqueeze_free(struct unsqueeze **unsqueeze)
{
    if (*unsqueeze == NULL)
        return;
    (void)ZSTD_freeDCtx((*unsqueeze)->unzip);
    mem_wipe(*unsqueeze, sizeof **unsqueeze);
    mem_free(unsqueeze);
}

int unsqueeze_push(struct unsqueeze *unsqueeze, struct bytes bytes)
{
    struct unsqueeze *u = unsqueeze;
    ZSTD_inBuffer in = {bytes.data, bytes.size, 0};
    bool more = true;
    int rc = 0;

    while (rc == 0 && (in.pos < in.size || more)) {
        ZSTD_outBuffer out = {u->room, sizeof u->room, 0};

        if (ZSTD_isError(ZSTD_decompressStream(u->unzip, &out, &in)))
            return ERR_DAMAGED;
        more = out.pos == sizeof u->room; /* there may be more of it */
        if (out.pos > 0)
            rc = u->sink.take(u->sink.who, bytes_of(u->room, out.pos));
    }
    return rc;
}
