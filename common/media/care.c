/* common/media/care.c - see care.h. */
#include "common/media/care.h"

#include <string.h>

#include "common/base/log.h"

int media_care_open(struct media_care *care, struct db *db, struct error *err)
{
    int rc = media_store_open(&care->rows, db, err);

    return rc != 0 ? rc : media_carry_open(&care->carry, db, err);
}

int media_care_shelf(struct media_care *care, const char *data,
                     const uint8_t key[BOX_KEY_BYTES], bool reads,
                     struct error *err)
{
    int rc = 0;

    media_shelf_open(&care->shelf, data, key, care->rows);
    if (!reads)
        rc = media_shelf_make(&care->shelf, err);

    care->open = rc == 0;
    return rc;
}

void media_care_close(struct media_care *care)
{
    media_sweep_close(&care->sweep);
    if (care->open)
        media_shelf_close(&care->shelf);
    care->open = false;
    media_carry_close(&care->carry);
    media_store_close(&care->rows);
}

int media_care_begin(struct media_care *care, int64_t mono_ms)
{
    unsigned stuck;
    int rc;

    if (!care->open || (care->stuck > 0 && mono_ms < care->stuck_ms))
        return 0;
    if ((rc = media_shelf_tidy(&care->shelf, &stuck)) != 0)
        return rc;
    if (stuck > 0)
        log_warn("media.stuck", "files=%u", stuck);
    care->tell_stuck = care->tell_stuck || stuck > 0 || care->stuck > 0;
    care->stuck = stuck;
    care->stuck_ms = mono_ms + MEDIA_STUCK_MS;
    return 0;
}

/* True: a pass has ended. */
static bool sweep(struct media_care *care, struct media_now now,
                  const struct media_sweep_host *host)
{
    if (now.mono_ms < care->sweep_ms)
        return false;
    if (media_sweep_step(&care->sweep, &care->shelf, MEDIA_SWEEP_PIECES,
                         now.wall_ms, host) == 1) {
        care->sweep_ms = now.mono_ms + MEDIA_SWEEP_STEP_MS;
        return false;
    }
    memset(&care->sweep, 0, sizeof care->sweep);
    care->sweep_ms = now.mono_ms + MEDIA_SWEEP_MS;
    return true;
}

bool media_care_work(struct media_care *care, struct media_now now,
                     const struct media_sweep_host *host)
{
    bool fewer = care->open && (sweep(care, now, host) || care->shelf.came);

    care->shelf.came = false;
    return fewer;
}

unsigned media_care_verify(struct media_care *care,
                           const struct media_sweep_host *host)
{
    struct media_row row = {.id = 0};
    unsigned faults = 0;

    while (care->open && media_store_next(care->rows, row.id, &row) == 0) {
        int rc =
            row.state == MEDIA_HERE ? media_shelf_check(&care->shelf, &row) : 0;

        if (rc == 0)
            continue;
        host->fault(host->who, &row, rc);
        faults++;
    }
    return faults;
}

int64_t media_care_deadline(const struct media_care *care)
{
    return care->open ? care->sweep_ms : INT64_MAX;
}
