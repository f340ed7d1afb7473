/* common/format/cap.c - see cap.h. */
#include "common/format/cap.h"

#include <assert.h>
#include <mxml.h>
#include <stdlib.h>

#include "common/base/clock.h"

#define CAP_NAMESPACE "urn:oasis:names:tc:emergency:cap:1.2"

static mxml_node_t *element(mxml_node_t *in, const char *name)
{
    mxml_node_t *node = mxmlNewElement(in, name);

    assert(node); /* out of memory */
    return node;
}

static void say(mxml_node_t *in, const char *name, const char *text)
{
    mxml_node_t *said = mxmlNewOpaque(element(in, name), text);

    assert(said);
}

static void say_if(mxml_node_t *in, const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0')
        say(in, name, text);
}

static void say_time(mxml_node_t *in, const char *name, int64_t wall_ms)
{
    char text[CLOCK_TEXT_BYTES];

    say(in, name, clock_text(text, wall_ms));
}

static void say_value(mxml_node_t *in, const char *name, const char *key,
                      const char *value)
{
    mxml_node_t *pair = element(in, name);

    say(pair, "valueName", key);
    say(pair, "value", value);
}

/* "sender,identifier,sent" of each. */
static void say_references(mxml_node_t *in, const struct cap_alert *a)
{
    char sent[CLOCK_TEXT_BYTES];
    struct buf list = {0};

    for (size_t i = 0; i < a->reference_count; i++)
        buf_printf(&list, "%s%s,%s,%s", i > 0 ? " " : "", a->sender,
                   a->references[i].identifier,
                   clock_text(sent, a->references[i].sent_ms));
    if (list.size > 0)
        say(in, "references", buf_text(&list));
    buf_free(&list);
}

static void say_area(mxml_node_t *info, const struct cap_area *of)
{
    mxml_node_t *area = element(info, "area");

    say(area, "areaDesc", of->name);
    if (of->code[0] != '\0')
        say_value(area, "geocode", of->list, of->code);
}

static void say_info(mxml_node_t *root, const struct cap_alert *a)
{
    mxml_node_t *info = element(root, "info");

    say(info, "language", "vi-VN");
    say(info, "category", a->category);
    say(info, "event", a->event);
    say_if(info, "responseType", a->response);
    say(info, "urgency", a->urgency);
    say(info, "severity", a->severity);
    say(info, "certainty", a->certainty);
    say_time(info, "effective", a->sent_ms);
    say_time(info, "expires", a->expires_ms);
    say_if(info, "senderName", a->sender_name);
    say(info, "headline", a->headline);
    say(info, "description", a->text);
    say_if(info, "instruction", a->instruction);
    say_value(info, "parameter", "lienxa:issuer_seq", a->number);
    for (size_t i = 0; i < a->area_count; i++)
        say_area(info, &a->areas[i]);
}

/* A line for each element that has others in it, and for each that has not. */
static const char *line_end(mxml_node_t *node, int where)
{
    bool has_text = mxmlGetFirstChild(node) != NULL &&
                    mxmlGetType(mxmlGetFirstChild(node)) == MXML_OPAQUE;

    if (where == MXML_WS_AFTER_CLOSE ||
        (where == MXML_WS_AFTER_OPEN && !has_text))
        return "\n";
    return NULL;
}

void cap_write(struct buf *out, const struct cap_alert *a)
{
    mxml_node_t *xml = mxmlNewXML("1.0");
    mxml_node_t *root;
    char *text;

    assert(xml);
    root = element(xml, "alert");
    mxmlElementSetAttr(root, "xmlns", CAP_NAMESPACE);
    say(root, "identifier", a->identifier);
    say(root, "sender", a->sender);
    say_time(root, "sent", a->sent_ms);
    say(root, "status", "Actual");
    say(root, "msgType", a->type);
    say(root, "scope", "Public");
    say_references(root, a);
    say_info(root, a);
    mxmlSetWrapMargin(0);
    text = mxmlSaveAllocString(xml, line_end);
    assert(text);
    buf_add_text(out, text);
    free(text);
    mxmlDelete(xml);
}
