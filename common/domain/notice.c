#include "common/domain/notice.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/domain/text.h"

static const struct kind {
    const char *code, *vi, *en;
} kinds[NOTICE_KIND_END] = {
    [NOTICE_CANH_BAO_THU_DOAN] = {"canh_bao_thu_doan", "Cảnh báo thủ đoạn",
                                  "Scam warning"},
    [NOTICE_TRUY_NA] = {"truy_na", "Truy nã", "Wanted person"},
    [NOTICE_TIM_NGUOI] = {"tim_nguoi", "Tìm người", "Missing person"},
    [NOTICE_TIM_TAI_SAN] = {"tim_tai_san", "Tìm chủ tài sản", "Lost and found"},
    [NOTICE_THIEN_TAI] = {"thien_tai", "Thiên tai", "Natural disaster"},
    [NOTICE_GIAO_THONG] = {"giao_thong", "Giao thông", "Traffic"},
    [NOTICE_CHAY_NO] = {"chay_no", "Phòng cháy, chữa cháy", "Fire safety"},
    [NOTICE_TTHC_MOI] = {"tthc_moi", "Thủ tục mới", "New procedure"},
    [NOTICE_LICH_LAM_VIEC] = {"lich_lam_viec", "Lịch làm việc", "Office hours"},
    [NOTICE_PHAP_LUAT] = {"phap_luat", "Phổ biến pháp luật", "Law"},
    [NOTICE_VAN_DONG_VU_KHI] = {"van_dong_vu_khi", "Vận động giao nộp vũ khí",
                                "Weapon hand-over"},
    [NOTICE_KET_QUA_XU_LY] = {"ket_qua_xu_ly", "Kết quả xử lý",
                              "What was done"},
    [NOTICE_BIEU_DUONG] = {"bieu_duong", "Biểu dương", "Commendation"},
    [NOTICE_DINH_CHINH] = {"dinh_chinh", "Đính chính", "Correction"},
};

static const struct kind *kind_at(int kind)
{
    static const struct kind none = {NULL, NULL, NULL};

    return kind > 0 && kind < NOTICE_KIND_END ? &kinds[kind] : &none;
}

const char *notice_kind_text(int kind) { return kind_at(kind)->code; }
const char *notice_kind_vi(int kind) { return kind_at(kind)->vi; }
const char *notice_kind_en(int kind) { return kind_at(kind)->en; }

int notice_kind_parse(const char *text)
{
    for (int i = 1; i < NOTICE_KIND_END; i++)
        if (strcmp(kinds[i].code, text) == 0)
            return i;
    return 0;
}

const char *notice_standing(const struct notice *notice, int64_t now_ms)
{
    if (notice->state == NOTICE_WITHDRAWN)
        return "withdrawn";
    if (notice->expires_ms != 0 && notice->expires_ms <= now_ms)
        return "expired";
    return notice->effective_ms > now_ms ? "planned" : "published";
}

static int check_line(const char *what, const char *text, size_t limit,
                      struct error *err)
{
    if (!text_is_line(bytes_of_text(text)) || strlen(text) > limit)
        return error_set(err, ERR_INVALID,
                         "%s: one line of words, at most %zu bytes", what,
                         limit);
    return 0;
}

static int check_words(const char *what, const char *text, size_t limit,
                       struct error *err)
{
    struct bytes bytes = bytes_of_text(text);

    if (bytes.size > limit || !utf8_valid(bytes) || !text_is_clean(bytes))
        return error_set(err, ERR_INVALID,
                         "%s: plain text of at most %zu bytes", what, limit);
    return 0;
}

static int check_areas(const struct notice_words *words, struct error *err)
{
    int rc = 0;

    if (words->area_count > NOTICE_AREAS_LIMIT)
        return error_set(err, ERR_INVALID, "areas: at most %d",
                         NOTICE_AREAS_LIMIT);
    for (size_t i = 0; rc == 0 && i < words->area_count; i++)
        rc = check_line("areas", words->areas[i], NOTICE_AREA_LIMIT, err);
    if (rc == 0 && words->to_count > NOTICE_TO_LIMIT)
        return error_set(err, ERR_INVALID, "to: at most %d communes",
                         NOTICE_TO_LIMIT);
    for (size_t i = 0; rc == 0 && i < words->to_count; i++)
        rc = check_line("to", words->to[i], NOTICE_UNIT_LIMIT, err);
    return rc;
}

bool notice_is_for(const struct notice_words *words, const char *unit)
{
    for (size_t i = 0; i < words->to_count; i++)
        if (strcmp(words->to[i], unit) == 0)
            return true;
    return words->to_count == 0;
}

int notice_check(const struct notice *notice, const struct notice_words *words,
                 struct error *err)
{
    int rc;

    if (notice_kind_text(notice->kind) == NULL)
        return error_set(err, ERR_INVALID, "kind: there is no such notice");
    if (notice->expires_ms != 0 && notice->expires_ms <= notice->effective_ms)
        return error_set(err, ERR_INVALID,
                         "expires: it would end before it begins");
    if ((rc = check_line("title", words->title, NOTICE_TITLE_LIMIT, err)) !=
            0 ||
        (rc = check_words("text", words->text, NOTICE_TEXT_LIMIT, err)) != 0 ||
        (rc = check_words("speaker", words->speaker, NOTICE_SPEAKER_LIMIT,
                          err)) != 0 ||
        (rc = check_words("reason", words->reason, NOTICE_REASON_LIMIT, err)) !=
            0 ||
        (rc = check_line("by", words->by, NOTICE_BY_LIMIT, err)) != 0)
        return rc;
    if (text_is_blank(bytes_of_text(words->text)))
        return error_set(err, ERR_INVALID, "text: it must not be empty");
    return check_areas(words, err);
}
