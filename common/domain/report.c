#include "common/domain/report.h"

#include <assert.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/domain/text.h"

enum { MOVES_TEXT_BYTES = 256 };
enum { PHONE_MIN_DIGITS = 10, PHONE_MAX_DIGITS = 11, SEPARATORS_MAX = 3 };

#define TO(state) (1U << REPORT_##state)

static const char *const state_texts[REPORT_STATE_END] = {
    [REPORT_MOI] = "moi",
    [REPORT_DA_TIEP_NHAN] = "da_tiep_nhan",
    [REPORT_PHAN_LOAI] = "phan_loai",
    [REPORT_XAC_MINH] = "xac_minh",
    [REPORT_DANG_XU_LY] = "dang_xu_ly",
    [REPORT_CHO_BO_SUNG] = "cho_bo_sung",
    [REPORT_DA_CHUYEN] = "da_chuyen",
    [REPORT_DA_XU_LY] = "da_xu_ly",
    [REPORT_DONG] = "dong",
};

static const char *const outcome_texts[OUTCOME_END] = {
    [OUTCOME_NONE] = "none",
    [OUTCOME_RESOLVED] = "resolved",
    [OUTCOME_TRUNG_LAP] = "trung_lap",
    [OUTCOME_NGOAI_THAM_QUYEN] = "ngoai_tham_quyen",
    [OUTCOME_KHONG_DU_CAN_CU] = "khong_du_can_cu",
    [OUTCOME_TIN_RAC] = "tin_rac",
    [OUTCOME_RUT_LAI] = "rut_lai",
};

static const char *const channel_texts[CHANNEL_END] = {
    [CHANNEL_ZALO] = "zalo",
    [CHANNEL_TRUC_TIEP] = "truc_tiep",
    [CHANNEL_DIEN_THOAI] = "dien_thoai",
    [CHANNEL_HOM_THU] = "hom_thu",
    [CHANNEL_WEB] = "web",
    [CHANNEL_OPEN311] = "open311",
    [CHANNEL_HUES] = "hues",
    [CHANNEL_TO_AN_NINH] = "to_an_ninh",
    [CHANNEL_KHAC] = "khac",
};

/* design 8; out of cho_bo_sung it is the state before, see moves_from */
static const unsigned allowed[REPORT_STATE_END] = {
    [REPORT_MOI] = TO(DA_TIEP_NHAN) | TO(PHAN_LOAI) | TO(DONG),
    [REPORT_DA_TIEP_NHAN] = TO(PHAN_LOAI) | TO(DONG),
    [REPORT_PHAN_LOAI] = TO(XAC_MINH) | TO(DANG_XU_LY) | TO(DA_CHUYEN) |
                         TO(CHO_BO_SUNG) | TO(DONG),
    [REPORT_XAC_MINH] = TO(DANG_XU_LY) | TO(DA_CHUYEN) | TO(CHO_BO_SUNG) |
                        TO(DA_XU_LY) | TO(DONG),
    [REPORT_DANG_XU_LY] = TO(XAC_MINH) | TO(DA_CHUYEN) | TO(CHO_BO_SUNG) |
                          TO(DA_XU_LY) | TO(DONG),
    [REPORT_CHO_BO_SUNG] = TO(DONG),
    [REPORT_DA_CHUYEN] = TO(DANG_XU_LY) | TO(DA_XU_LY) | TO(DONG),
    [REPORT_DA_XU_LY] = TO(DONG) | TO(DANG_XU_LY),
    [REPORT_DONG] = TO(DANG_XU_LY),
};

static const char *text_at(const char *const *texts, int count, int value)
{
    return value >= 0 && value < count ? texts[value] : NULL;
}

/* 0 when unknown, which is also the place of "none". */
static int index_of(const char *const *texts, int count, const char *text)
{
    for (int i = 1; i < count; i++)
        if (strcmp(texts[i], text) == 0)
            return i;
    return 0;
}

const char *report_state_text(int state)
{
    return text_at(state_texts, REPORT_STATE_END, state);
}

int report_state_parse(const char *text)
{
    return index_of(state_texts, REPORT_STATE_END, text);
}

const char *report_outcome_text(int outcome)
{
    return text_at(outcome_texts, OUTCOME_END, outcome);
}

int report_outcome_parse(const char *text)
{
    return index_of(outcome_texts, OUTCOME_END, text);
}

const char *report_channel_text(int channel)
{
    return text_at(channel_texts, CHANNEL_END, channel);
}

int report_channel_parse(const char *text)
{
    return index_of(channel_texts, CHANNEL_END, text);
}

static bool is_state(int state)
{
    return state > 0 && state < REPORT_STATE_END;
}

static unsigned moves_from(const struct report_fact *fact)
{
    if (!is_state(fact->state))
        return 0;
    if (fact->state == REPORT_CHO_BO_SUNG && is_state(fact->resume))
        return allowed[fact->state] | 1U << fact->resume;
    return allowed[fact->state];
}

/* Closed before it was dealt with: the only move that carries an outcome. */
static bool is_early_end(int from, int to)
{
    return to == REPORT_DONG && from != REPORT_DA_XU_LY;
}

static bool is_reopening(int from, int to)
{
    return to == REPORT_DANG_XU_LY &&
           (from == REPORT_DA_XU_LY || from == REPORT_DONG);
}

const char *report_moves_text(char out[256], const struct report_fact *fact)
{
    unsigned moves = moves_from(fact);
    size_t used = 0;

    for (int state = 1; state < REPORT_STATE_END; state++) {
        size_t size = strlen(state_texts[state]);

        if (!(moves & 1U << state))
            continue;
        assert(used + size + 3 <= MOVES_TEXT_BYTES);
        if (used > 0) {
            memcpy(out + used, ", ", 2);
            used += 2;
        }
        memcpy(out + used, state_texts[state], size);
        used += size;
    }
    out[used] = '\0';
    return out;
}

size_t report_moves_possible(struct report_possible out[REPORT_STATE_END],
                             const struct report_fact *fact)
{
    unsigned moves = moves_from(fact);
    size_t count = 0;

    for (int to = 1; to < REPORT_STATE_END; to++) {
        bool early = is_early_end(fact->state, to);

        if (moves & 1U << to)
            out[count++] = (struct report_possible){
                .to = to,
                .needs_outcome = early,
                .needs_note = early || is_reopening(fact->state, to),
                .by_leader = fact->state == REPORT_DONG};
    }
    return count;
}

/* What is wrong with a move between two states that may follow each other, or
 * NULL. */
static const char *find_fault(int from, const struct report_move *move)
{
    bool early = is_early_end(from, move->to);
    struct bytes note = bytes_of_text(move->note ? move->note : "");

    if (early &&
        (move->outcome < OUTCOME_TRUNG_LAP || move->outcome > OUTCOME_RUT_LAI))
        return "closing now needs an outcome: trung_lap, ngoai_tham_quyen, "
               "khong_du_can_cu, tin_rac or rut_lai";
    if (!early && move->outcome != OUTCOME_NONE)
        return "an outcome is only for closing before da_xu_ly";
    if (early && text_is_blank(note))
        return "closing now needs a reason";
    if (is_reopening(from, move->to) && text_is_blank(note))
        return "reopening needs a reason";
    if (from == REPORT_DONG && !move->by_leader)
        return "only the leader reopens a closed report";
    if (note.size > REPORT_NOTE_LIMIT)
        return "the reason is too long";
    return NULL;
}

int report_move_check(const struct report_fact *fact,
                      const struct report_move *move, struct error *err)
{
    const char *fault = "no such move";
    char possible[MOVES_TEXT_BYTES];

    if (is_state(move->to) && (moves_from(fact) & 1U << move->to))
        fault = find_fault(fact->state, move);
    if (!fault)
        return 0;
    return error_set(
        err, ERR_REFUSED, "%s to %s: %s; possible from here: %s",
        is_state(fact->state) ? state_texts[fact->state] : "unknown state",
        is_state(move->to) ? state_texts[move->to] : "unknown state", fault,
        report_moves_text(possible, fact));
}

void report_move_apply(struct report_fact *fact, const struct report_move *move,
                       int64_t now_ms)
{
    assert(is_state(fact->state) && is_state(move->to));
    if (is_early_end(fact->state, move->to))
        fact->outcome = move->outcome;
    else
        fact->outcome =
            move->to == REPORT_DONG ? OUTCOME_RESOLVED : OUTCOME_NONE;
    fact->resume = move->to == REPORT_CHO_BO_SUNG ? fact->state : 0;
    fact->state = move->to;
    fact->entered_ms[move->to] = now_ms;
}

bool report_is_open(int state)
{
    return state != REPORT_DA_XU_LY && state != REPORT_DONG;
}

bool report_is_urgent(bool said, const struct category *category)
{
    return said || category->clock == CLOCK_NOW;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Spaces (no-break ones too), dots, dashes and brackets between two groups of
 * digits; 0 when it is no such gap. */
static size_t gap(const char *text)
{
    size_t size = 0;

    for (int i = 0; i < SEPARATORS_MAX && !is_digit(text[size]); i++) {
        if (strncmp(text + size, "\xc2\xa0", 2) == 0)
            size += 2;
        else if (text[size] && strchr(" .-()", text[size]))
            size++;
        else
            return 0;
    }
    return is_digit(text[size]) ? size : 0;
}

/* `digits` begin with the 0 of the trunk. 02x are landlines, 01x mobile numbers
 * of before 2018; 030, 050, 080 were never given out and begin many dates. */
static bool is_phone(const char *digits, size_t count)
{
    if (count < PHONE_MIN_DIGITS || digits[0] != '0')
        return false;
    switch (digits[1]) {
    case '1':
        return count == PHONE_MAX_DIGITS;
    case '2':
        return true;
    case '3':
    case '5':
    case '8':
        return count == PHONE_MIN_DIGITS && digits[2] != '0';
    case '7':
    case '9':
        return count == PHONE_MIN_DIGITS;
    default:
        return false;
    }
}

/* The country code at `text`, which stands for the 0; else 0. */
static size_t country_code(const char *text)
{
    static const char *const forms[] = {"+84", "0084", "84"};

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strncmp(text, forms[i], strlen(forms[i])) == 0)
            return strlen(forms[i]);
    return 0;
}

/* The bytes of the phone number that begins at `text`, 0 if none does. */
static size_t phone_size(const char *text)
{
    char digits[PHONE_MAX_DIGITS + 1] = "0";
    size_t at = country_code(text), count = at > 0 ? 1 : 0;

    if (at > 0) {
        at += gap(text + at);
        if (text[at] == '0') /* +84 (0) 905 .. */
            at += 1 + gap(text + at + 1);
    }
    while (is_digit(text[at]) && count < PHONE_MAX_DIGITS) {
        digits[count++] = text[at++];
        if (is_digit(text[at]))
            continue;
        if (is_phone(digits, count))
            return at;
        at += gap(text + at);
    }
    return 0;
}

int report_find_phones(const char *text, size_t *first)
{
    int count = 0;
    bool in_number = false;

    for (size_t at = 0; text[at];) {
        bool starts = !in_number && (is_digit(text[at]) || text[at] == '+');
        size_t size = starts ? phone_size(text + at) : 0;

        if (size > 0 && count++ == 0 && first)
            *first = at;
        in_number = size > 0 || is_digit(text[at]);
        at += size > 0 ? size : 1;
    }
    return count;
}
