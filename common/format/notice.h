/* common/format/notice.h - notices, procedures and numbers as JSON, the same
 * for the command line and the pages of both programs.
 */
#ifndef LIENXA_FORMAT_NOTICE_H
#define LIENXA_FORMAT_NOTICE_H

#include "common/domain/notice.h"
#include "common/domain/procedure.h"
#include "common/format/json.h"

/* A notice being written: what is given replaces what is there. */
struct notice_form { /* zeroed, then format_notice_begin */
    struct notice notice;
    struct notice_words words; /* borrowed from here or as they were set */
    struct buf title, text, speaker, reason, areas_text, to_text;
    const char *areas[NOTICE_AREAS_LIMIT], *to[NOTICE_TO_LIMIT];
};
void format_notice_begin(struct notice_form *form);
void format_notice_end(struct notice_form *form);

/* From the members kind, title, text, speaker, areas ("A, B"), effective,
 * to ("a,b", the district's only),
 * expires (RFC 3339, or a duration such as 30d after it takes effect, or from
 * now on where it has; "": until it is withdrawn), shared, reason; in NFC.
 * Those that are not there stay. The result is not checked as a whole:
 * notice_check. ERR_INVALID. */
int format_notice_read(struct notice_form *form, const struct json *args,
                       int64_t now_ms, struct error *err);

/* Adds kind, state (notice_standing), shared, title, text, speaker, areas,
 * to, effective, expires, published, corrected, withdrawn, by, approved_by,
 * reason. `words` NULL: they are not here. */
void format_notice(struct json *out, const struct notice *notice,
                   const struct notice_words *words, int64_t now_ms);

/* As a list shows them: what format_notice added to each, without what is read
 * aloud and with the beginning of the text. */
void format_notices_brief(struct json *rows);

/* Adds code, name, valid_from, valid_to, holds, the texts by their names,
 * forms [{name, valid_from, valid_to, holds}], last_checked. */
void format_procedure(struct json *out, const struct procedure *procedure,
                      int32_t today);

/* [{"phone","name","name_en","fixed":true}], 111 to 115. */
struct json *format_fixed_numbers(void);

#endif
