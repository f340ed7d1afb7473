/* common/account/call.c - see call.h. */
#include "common/account/call.h"

#include <string.h>

#include "common/base/error.h"

const char *account_code_word(int error_code)
{
    switch (error_code) {
    case ERR_INVALID:
    case ERR_VERSION:
        return "invalid";
    case ERR_MISSING:
        return "missing";
    case ERR_EXISTS:
    case ERR_CONFLICT:
        return "conflict";
    case ERR_AGAIN:
        return "busy";
    case ERR_IO:
    case ERR_FULL:
    case ERR_DAMAGED:
        return "disk";
    default:
        return "refused";
    }
}

void account_reply(struct buf *reply, struct json *out, const char *code,
                   const struct error *err)
{
    struct json *answer = json_object_new();

    json_set_flag(answer, "ok", out != NULL);
    if (out != NULL) {
        json_set(answer, "out", out);
    } else {
        json_set_text(answer, "error",
                      err == NULL || err->text[0] == '\0'
                          ? "this cannot be done"
                          : err->text);
        json_set_text(answer, "code", code);
    }
    json_write(reply, answer);
    json_free(&answer);
}

struct bytes account_kept_reply(const char *command, struct bytes reply)
{
    static const char hidden[] =
        "{\"ok\":false,\"error\":\"this was done and shown already: do it anew "
        "to see it again\",\"code\":\"refused\"}";
    static const char *const told_once[] = {"disclosure.open", "node.invite",
                                            "user.totp"};

    for (size_t i = 0; i < sizeof told_once / sizeof *told_once; i++)
        if (strcmp(command, told_once[i]) == 0)
            return bytes_of_text(hidden);
    return reply;
}

const char *account_call_subject(const struct account_call *call)
{
    static const char *const keys[] = {"report", "referral", "alert",
                                       "record", "notice",   "procedure",
                                       "unit",   "period",   "disclosure"};
    const char *text = NULL;

    for (size_t i = 0; text == NULL && i < sizeof keys / sizeof *keys; i++)
        text = json_get_text(call->args, keys[i]);
    if (text == NULL && strcmp(call->command, "disclosure.open") == 0)
        text = json_get_text(call->args, "id");
    if (text == NULL && strncmp(call->command, "user.", 5) == 0)
        text = json_get_text(call->args, "name");
    return text != NULL && strlen(text) <= 64 ? text : "";
}
