/* common/format/notice_cli.c - see notice_cli.h. */
#include "common/format/notice_cli.h"

static const char *const notice_columns[] = {"id",   "state", "unit",
                                             "kind", "title", NULL};
static const int notice_widths[] = {36, 9, 14, 18, 0};
static const char *const procedure_columns[] = {"code", "name", "time", NULL};
static const int procedure_widths[] = {14, 40, 0};
static const char *const number_columns[] = {"phone", "name", NULL};
static const int number_widths[] = {16, 0};

const struct notice_cli_table notice_cli_notices = {notice_columns,
                                                    notice_widths};
const struct notice_cli_table notice_cli_procedures = {procedure_columns,
                                                       procedure_widths};
const struct notice_cli_table notice_cli_numbers = {number_columns,
                                                    number_widths};

struct json *notice_cli_words(const struct cli *cli)
{
    static const struct cli_option words[] = {NOTICE_CLI_WORDS, {0}};
    struct json *args = json_object_new();

    for (size_t i = 0; words[i].name != NULL; i++) {
        const char *value = cli_option_value(cli, words[i].name);

        if (value != NULL)
            json_set_text(args, words[i].name, value);
    }
    return args;
}
