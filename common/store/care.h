/* common/store/care.h - a serving program's care for its disk: a reserve that
 * is given up when the disk is full, and what must happen before the disk is
 * trusted again.
 *
 *   fine     a reserve file lies in the folder
 *   tight    the disk was full: the reserve is gone, and its room keeps the
 *            program's own bookkeeping going; nothing large may be taken. Fine
 *            again when there is room for the reserve
 *   failing  nothing can be written (full beyond the reserve, read-only, I/O
 *            errors). Every turn begins with a trial; after an I/O error the
 *            database is opened anew before anything is answered for
 *
 * One thread. A zeroed one is fine and has no reserve: for a command that runs
 * by itself.
 */
#ifndef LIENXA_STORE_CARE_H
#define LIENXA_STORE_CARE_H

#include "common/store/db.h"

enum care_state { CARE_FINE, CARE_TIGHT, CARE_FAILING };

/* Alarms of both programs. */
enum { ALARM_DISK_FULL = 146, ALARM_DISK_FAILED = 147 };

struct care {
    enum care_state state;
    bool has_reserve;
    bool full;       /* why it fails, if not by an I/O error */
    bool told;       /* the alarm of a full disk stands */
    int64_t next_ms; /* before it the reserve is not tried to be made */
    int64_t log_used, log_ms; /* of the database; when it gets room, or 0 */
    char reserve[4200], reason[256];
};

/* Makes the reserve in `folder`, or finds it; tight when there is no room. */
void care_open(struct care *care, const char *folder);

/* Before the database is opened, when it could not be for want of room: gives
 * up the reserve that an earlier run left in `folder`. False: there is none. */
bool care_make_way(const char *folder);

/* Before a turn: 0 when it may begin. Tight: looks for room. Failing: writes a
 * trial by `note` (an alarm, in words) in a transaction of its own, and opens a
 * suspect database anew; a code when that did not help. */
int care_ready(struct care *care, struct db *db, int64_t mono_ms,
               int (*note)(void *who, int code, const char *reason), void *who);
/* A turn was rolled back with `code`. A full disk gives up the reserve; other
 * codes than the disk's change nothing. */
void care_failed(struct care *care, const struct db *db, int code);
/* A turn was committed: keeps the log short while tight. */
void care_committed(struct care *care, struct db *db);

/* After a turn was committed and answered for: when the log of the database is
 * nearly full and nothing has been written for a moment, makes room in it, so
 * that the commits to come need not. care_deadline: the latest time for the
 * next call; INT64_MAX when nothing is due. */
void care_rest(struct care *care, struct db *db, int64_t mono_ms);
int64_t care_deadline(const struct care *care);

/* Within a turn: 1: the alarm of a full disk is to be raised, -1: cleared. It
 * counts as done when the turn is committed. */
int care_alarm_due(const struct care *care);

bool care_is_tight(const struct care *care); /* or worse */

#endif
