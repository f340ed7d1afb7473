/* common/format/notice_cli.h - what the command lines of hub and node have
 * alike for notices, procedures and numbers: options and tables.
 */
#ifndef LIENXA_FORMAT_NOTICE_CLI_H
#define LIENXA_FORMAT_NOTICE_CLI_H

#include "common/base/cli.h"
#include "common/format/json.h"

/* Options: what a notice says. */
#define NOTICE_CLI_WORDS                                                       \
    {"kind", CLI_ONE,                                                          \
     "K  canh_bao_thu_doan, truy_na, tim_nguoi, "                              \
     "tim_tai_san, thien_tai, giao_thong, chay_no, tthc_moi, "                 \
     "lich_lam_viec, phap_luat, van_dong_vu_khi, "                             \
     "ket_qua_xu_ly, bieu_duong"},                                             \
        {"title", CLI_ONE, "T  one line"},                                     \
        {"text", CLI_ONE, "T  what people must know"},                         \
        {"speaker", CLI_ONE, "T  the same to be read aloud"},                  \
        {"areas", CLI_ONE, "A, B  villages (the whole commune)"},              \
        {"effective", CLI_ONE, "TIME  from when (at once)"},                   \
    {                                                                          \
        "expires", CLI_ONE, "TIME|30d  until when (until it is taken back)"    \
    }

#define NOTICE_CLI_REASON                                                      \
    {                                                                          \
        "reason", CLI_ONE, "T  why; people will read it"                       \
    }

/* An object of those that were given, by their names. Owned. */
struct json *notice_cli_words(const struct cli *cli);

/* For print_table. */
struct notice_cli_table {
    const char *const *columns;
    const int *widths;
};
extern const struct notice_cli_table notice_cli_notices;
extern const struct notice_cli_table notice_cli_procedures;
extern const struct notice_cli_table notice_cli_numbers;

#endif
