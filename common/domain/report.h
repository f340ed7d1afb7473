/* common/domain/report.h - a report: its parts, its states and its legal moves.
 *
 * Pure: no clock, no disk. Times are wall-clock milliseconds; 0 = not yet. The
 * text fields are bounded here, before anything is stored (design 6, 8).
 */
#ifndef LIENXA_DOMAIN_REPORT_H
#define LIENXA_DOMAIN_REPORT_H

#include <stdint.h>

#include "common/base/error.h"
#include "common/base/id.h"
#include "common/domain/category.h"
#include "common/domain/unit.h"

enum {
    REPORT_TEXT_LIMIT = 32768, /* bytes */
    REPORT_VILLAGE_LIMIT = 96,
    REPORT_NAME_LIMIT = 200,
    REPORT_PHONE_LIMIT = 40,
    REPORT_NOTE_LIMIT = 4000
};

enum report_state { /* values are on the wire: PROTOCOL 4.2 */
                    REPORT_MOI = 1,
                    REPORT_DA_TIEP_NHAN,
                    REPORT_PHAN_LOAI,
                    REPORT_XAC_MINH,
                    REPORT_DANG_XU_LY,
                    REPORT_CHO_BO_SUNG,
                    REPORT_DA_CHUYEN,
                    REPORT_DA_XU_LY,
                    REPORT_DONG,
                    REPORT_STATE_END
};

enum report_outcome { /* PROTOCOL 4.2 */
                      OUTCOME_NONE = 0,
                      OUTCOME_RESOLVED, /* da_xu_ly -> dong in the ordinary way
                                         */
                      OUTCOME_TRUNG_LAP,
                      OUTCOME_NGOAI_THAM_QUYEN,
                      OUTCOME_KHONG_DU_CAN_CU,
                      OUTCOME_TIN_RAC,
                      OUTCOME_RUT_LAI,
                      OUTCOME_END
};

enum report_channel { /* PROTOCOL 4.2 */
                      CHANNEL_ZALO = 1,
                      CHANNEL_TRUC_TIEP,
                      CHANNEL_DIEN_THOAI,
                      CHANNEL_HOM_THU,
                      CHANNEL_WEB,
                      CHANNEL_OPEN311,
                      CHANNEL_HUES,
                      CHANNEL_TO_AN_NINH,
                      CHANNEL_KHAC,
                      CHANNEL_END
};

/* "moi" ..; NULL for a number out of range. The parsers return 0 when unknown.
 */
const char *report_state_text(int state);
int report_state_parse(const char *text);
const char *report_outcome_text(int outcome);
int report_outcome_parse(const char *text);
const char *report_channel_text(int channel);
int report_channel_parse(const char *text);

/* What may leave the commune about a report (design 6, "fact"). The village is
 * "" when unknown. Strings are NUL-terminated UTF-8. */
struct report_fact {
    const struct category *category;
    int state;   /* enum report_state */
    int outcome; /* enum report_outcome */
    int channel; /* enum report_channel */
    int resume;  /* state before cho_bo_sung, else 0 */
    bool urgent;
    char village[REPORT_VILLAGE_LIMIT + 1];
    int32_t day;  /* clock_day of occurrence, or of receipt */
    int32_t hour; /* 0..23, -1 unknown */
    int64_t received_ms;
    int64_t entered_ms[REPORT_STATE_END]; /* last time each state was entered */
    uint32_t attachments;                 /* count */
    uint32_t bodies;                      /* 1 when a body exists */
    /* Whose report this is a working copy of, once it was passed on to us; ""
     * for one of our own. It is not counted again. */
    char continues_home[UNIT_KEY_BYTES];
    struct id continues_record;
};

struct report_move {
    int to;           /* enum report_state */
    int outcome;      /* for dong before da_xu_ly; else OUTCOME_NONE */
    const char *note; /* reason; may be NULL */
    bool by_leader;   /* reopening a closed report */
};

/* Design 8's table. 0 when legal; else ERR_REFUSED and `err` names what is
 * possible from `fact->state`. Does not change anything. */
int report_move_check(const struct report_fact *fact,
                      const struct report_move *move, struct error *err);

/* Applies a checked move: state, outcome, resume, entered_ms. */
void report_move_apply(struct report_fact *fact, const struct report_move *move,
                       int64_t now_ms);

/* The moves that can follow, for whoever shows them: how many. */
struct report_possible {
    int to;             /* enum report_state */
    bool needs_outcome; /* trung_lap to rut_lai */
    bool needs_note;
    bool by_leader; /* only */
};
size_t report_moves_possible(struct report_possible out[REPORT_STATE_END],
                             const struct report_fact *fact);

/* "da_tiep_nhan, phan_loai, dong": the states that can follow; borrowed text in
 * a caller's buffer of 256 bytes. */
const char *report_moves_text(char out[256], const struct report_fact *fact);

/* Is there still something to be done? Not in da_xu_ly and dong. */
bool report_is_open(int state);

/* Urgent = said so, or the category's clock is "now" (design 11). */
bool report_is_urgent(bool said, const struct category *category);

/* Phone-like runs in free text (Vietnamese numbers, +84, spaces, dots): the
 * count, and where the first one begins. Pointed out before a body leaves. */
int report_find_phones(const char *text, size_t *first);

#endif
