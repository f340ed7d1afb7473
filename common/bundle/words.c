/* common/bundle/words.c - see words.h. */
#include "common/bundle/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int bundle_fault_set(struct bundle_fault *fault, bool hostile,
                     const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(fault->text, sizeof fault->text, format, arguments);
    va_end(arguments);
    fault->hostile = hostile;
    return BUNDLE_FAULT;
}

void bundle_fault_write(struct json *out, const struct bundle_fault *fault)
{
    json_set_text(out, "problem", fault->text);
    json_set_flag(out, "hostile", fault->hostile);
}

void bundle_made_write(struct json *out, const struct bundle_cursor *at,
                       struct bytes block, bool damaged)
{
    struct json *cursor = json_object_new();
    struct buf text = {0};

    base64url_encode(&text, block);
    json_set_text(out, "block", buf_text(&text));
    buf_free(&text);
    bundle_cursor_write(cursor, at);
    json_set(out, "cursor", cursor);
    json_set_flag(out, "last", at->done);
    json_set_flag(out, "damaged", damaged);
}

void bundle_block_write(struct json *out, const struct bundle_block *block)
{
    char text[ID_TEXT_BYTES];

    json_set_text(out, "from", block->from);
    json_set_text(out, "bundle", id_text(text, &block->bundle));
    json_set_i64(out, "number", (int64_t)block->number);
    json_set_flag(out, "last", block->last);
    json_set_i64(out, "made", block->made_ms);
}

int bundle_block_text(struct buf *out, const struct json *args,
                      struct error *err)
{
    const char *text = json_get_text(args, "block");

    if (text == NULL || strlen(text) > BUNDLE_BLOCK_LIMIT * 4 / 3 + 4 ||
        !base64url_decode(out, text)) {
        buf_free(out);
        return error_set(err, ERR_INVALID, "not a block of a bundle");
    }
    return 0;
}

const char *bundle_done_setting(const struct json *args)
{
    const char *what = json_get_text(args, "what");

    if (what != NULL && strcmp(what, "export") == 0)
        return "bundle_exported";
    if (what != NULL && strcmp(what, "import") == 0)
        return "bundle_imported";
    return NULL;
}
