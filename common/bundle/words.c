/* common/bundle/words.c - see words.h. */
#include "common/bundle/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"

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
    json_set_i64(out, "files", (int64_t)at->files.files);
    json_set_i64(out, "pieces", (int64_t)at->files.pieces);
    json_set_i64(out, "left_files", (int64_t)at->files.left_files);
    json_set_i64(out, "left_bytes", (int64_t)at->files.left_bytes);
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

/* ---- "bundle.take" */

static void write_block(struct json *out, const struct bundle_block *block)
{
    char text[ID_TEXT_BYTES];

    json_set_text(out, "from", block->from);
    json_set_text(out, "bundle", id_text(text, &block->bundle));
    json_set_i64(out, "number", (int64_t)block->number);
    json_set_flag(out, "last", block->last);
    json_set_i64(out, "made", block->made_ms);
}

static int open_box(const struct bundle_taker *taker,
                    const struct bundle_block *block, struct buf *frames,
                    struct bundle_fault *fault)
{
    struct seal_key keys[BUNDLE_KEYS];
    size_t count = taker->keys(taker->who, keys);
    int rc = parcel_open(frames, block, keys, count);

    mem_wipe(keys, sizeof keys);
    if (rc == ERR_MISSING)
        return bundle_fault_set(fault, false, "%s", taker->no_key);
    return rc == 0 ? 0 : bundle_fault_set(fault, true, "its seal is broken");
}

static int take(const struct bundle_taker *taker, struct bytes bytes,
                struct json *out, struct bundle_fault *fault)
{
    struct bundle_block block;
    struct signed_bytes around;
    struct bundle_count count = {.fresh = 0};
    struct buf frames = {0};
    struct error why = {""};
    int rc;

    if (wire_bundle_block_decode(&block, &around, bytes, &why) != 0)
        return bundle_fault_set(fault, true, "%s", why.text);
    write_block(out, &block);
    if ((rc = taker->check(taker->who, &block, &around, fault)) == 0 &&
        (rc = open_box(taker, &block, &frames, fault)) == 0)
        rc =
            taker->store(taker->who, &block, buf_bytes(&frames), &count, fault);
    buf_free(&frames);
    if (rc == 0)
        bundle_count_write(out, &count);
    return rc;
}

static void tell_fault(const struct bundle_taker *taker, struct json *out,
                       const struct bundle_fault *fault)
{
    char text[ERROR_TEXT_BYTES + 128];

    json_set_text(out, "problem", fault->text);
    json_set_flag(out, "hostile", fault->hostile);
    log_warn("bundle.refused", "reason=\"%s\"", fault->text);
    if (!fault->hostile)
        return;
    (void)snprintf(text, sizeof text,
                   "a bundle that was brought here was refused: %s. Nothing of "
                   "it was taken; ask who made it",
                   fault->text);
    taker->alarm(taker->who, text);
}

int bundle_take(const struct bundle_taker *taker, const struct json *args,
                struct json *out, struct error *err)
{
    struct bundle_fault fault = {.text = ""};
    struct buf bytes = {0};
    int rc = bundle_block_text(&bytes, args, err);

    if (rc != 0)
        return rc;
    rc = take(taker, buf_bytes(&bytes), out, &fault);
    buf_free(&bytes);
    if (rc != BUNDLE_FAULT)
        return rc;
    tell_fault(taker, out, &fault);
    return 0;
}

/* ---- "bundle.done" */

int bundle_done_read(struct bundle_done *out, const struct json *args,
                     int64_t wall_ms, struct error *err)
{
    const char *what = json_get_text(args, "what");

    if (what != NULL && strcmp(what, "export") == 0)
        out->setting = "bundle_exported";
    else if (what != NULL && strcmp(what, "import") == 0)
        out->setting = "bundle_imported";
    else
        return error_set(err, ERR_INVALID, "what: export or import");
    (void)snprintf(out->text, sizeof out->text, "%lld", (long long)wall_ms);
    return 0;
}
