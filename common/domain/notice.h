/* common/domain/notice.h - what a commune or the district tells its residents
 * (reference, domain 4.4), and when it holds.
 *
 * Pure: no clock, no disk. Times are wall-clock milliseconds.
 */
#ifndef LIENXA_DOMAIN_NOTICE_H
#define LIENXA_DOMAIN_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/error.h"

enum { /* bytes, but areas: entries */
       NOTICE_TITLE_LIMIT = 300,
       NOTICE_TEXT_LIMIT = 12000,
       NOTICE_SPEAKER_LIMIT = 4000,
       NOTICE_REASON_LIMIT = 1000,
       NOTICE_AREA_LIMIT = 96,
       NOTICE_AREAS_LIMIT = 32,
       NOTICE_TO_LIMIT = 64, /* units */
       NOTICE_UNIT_LIMIT = 40,
       NOTICE_BY_LIMIT = 200
};

enum notice_kind { /* PROTOCOL 4.7 */
                   NOTICE_CANH_BAO_THU_DOAN = 1,
                   NOTICE_TRUY_NA,
                   NOTICE_TIM_NGUOI,
                   NOTICE_TIM_TAI_SAN,
                   NOTICE_THIEN_TAI,
                   NOTICE_GIAO_THONG,
                   NOTICE_CHAY_NO,
                   NOTICE_TTHC_MOI,
                   NOTICE_LICH_LAM_VIEC,
                   NOTICE_PHAP_LUAT,
                   NOTICE_VAN_DONG_VU_KHI,
                   NOTICE_KET_QUA_XU_LY,
                   NOTICE_BIEU_DUONG,
                   NOTICE_DINH_CHINH,
                   NOTICE_KIND_END
};

enum notice_state { /* of a record; PROTOCOL 4.7 */
                    NOTICE_PUBLISHED = 1,
                    NOTICE_WITHDRAWN,
                    NOTICE_STATE_END
};

/* "canh_bao_thu_doan" ..; NULL out of range. 0 when unknown. `vi` and `en`:
 * for people. */
const char *notice_kind_text(int kind);
int notice_kind_parse(const char *text);
const char *notice_kind_vi(int kind);
const char *notice_kind_en(int kind);

/* What may be known of one without its words: the fact. */
struct notice {
    int kind, state;
    bool shared;                      /* shown in the other communes as well */
    int64_t effective_ms, expires_ms; /* expires 0: until it is withdrawn */
    int64_t published_ms;             /* first */
    int64_t corrected_ms, withdrawn_ms; /* 0: never */
};

/* The words: the body. Strings are borrowed, never NULL. */
struct notice_words {
    const char *title, *text;
    const char *speaker; /* to be read aloud; "" */
    const char *by, *approved_by;
    const char *reason;       /* of a correction or withdrawal; "" */
    const char *const *areas; /* villages; none: the whole commune */
    size_t area_count;
    /* The communes that show it, by key; none: all. Only the district's. */
    const char *const *to;
    size_t to_count;
};

/* "planned", "published", "expired", "withdrawn": how it stands at `now_ms`. */
const char *notice_standing(const struct notice *notice, int64_t now_ms);

/* Is it meant for the unit with this key? */
bool notice_is_for(const struct notice_words *words, const char *unit);

/* Texts in their limits, one line where one is meant, times that can be.
 * ERR_INVALID names what is wrong. */
int notice_check(const struct notice *notice, const struct notice_words *words,
                 struct error *err);

#endif
