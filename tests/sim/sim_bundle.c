/* tests/sim/sim_bundle.c - sticks: what is written on them lies somewhere, is
 * brought late, in part, twice or never, while the line comes and goes. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/wire/bundle.h"
#include "tests/sim/sim.h"

enum { STICKS = 24, BLOCKS = 16 };

static struct stick {
    char label[SIM_NAME];
    char slug[SIM_NAME]; /* of the commune it is from or for */
    bool up;
    char *blocks[BLOCKS];
    size_t count;
} sticks[STICKS];
static unsigned written;

static void wipe(struct stick *s)
{
    for (size_t i = 0; i < s->count; i++)
        mem_free(&s->blocks[i]);
    memset(s, 0, sizeof *s);
}

/* Without the size and hash in front, as `bundle import` hands it over. */
static char *unpack(const char *text)
{
    struct buf bytes = {0}, out = {0};
    char *block;

    if (!base64url_decode(&bytes, text) || bytes.size <= BUNDLE_HEAD_BYTES)
        sim_fail("bundle.make made no block");
    base64url_encode(&out, bytes_of(bytes.data + BUNDLE_HEAD_BYTES,
                                    bytes.size - BUNDLE_HEAD_BYTES));
    block = mem_text(buf_text(&out));
    buf_free(&bytes);
    buf_free(&out);
    return block;
}

static struct json *next_block(struct machine *m, const char *slug,
                               struct json *cursor)
{
    struct json *args = json_object_new(), *made;
    struct buf text = {0};

    if (m->is_hub)
        json_set_text(args, "unit", slug);
    if (cursor != NULL)
        json_set(args, "cursor", cursor);
    json_write(&text, args);
    made = sim_ask(m, "bundle.make", buf_text(&text));
    buf_free(&text);
    json_free(&args);
    return made;
}

bool sim_bundle_write(struct machine *m, const char *slug, const char *label)
{
    struct stick *s = &sticks[written++ % STICKS];
    struct json *made = NULL, *cursor = NULL;
    bool last = false;

    wipe(s);
    (void)snprintf(s->label, sizeof s->label, "%s", label);
    (void)snprintf(s->slug, sizeof s->slug, "%s", slug);
    s->up = !m->is_hub;
    while (!last && s->count < BLOCKS && m->power == POWER_ON &&
           (made = next_block(m, slug, cursor)) != NULL) {
        s->blocks[s->count++] = unpack(json_get_text(made, "block"));
        last = json_get_flag(made, "last");
        cursor = last ? NULL : json_take(made, "cursor");
        json_free(&made);
    }
    sim_note("a bundle of %s %s: %zu blocks%s", slug, s->up ? "up" : "down",
             s->count, last ? "" : ", torn");
    sim_counts.bundles++;
    return last;
}

static void take(struct machine *m, const struct stick *s, size_t i)
{
    struct buf args = {0};
    struct json *out;

    buf_printf(&args, "{\"block\":\"%s\"}", s->blocks[i]);
    out = sim_ask(m, "bundle.take", buf_text(&args));
    if (out != NULL) {
        struct buf said = {0};

        json_write(&said, out);
        sim_note("%s took a block: %s", m->name, buf_text(&said));
        buf_free(&said);
        sim_counts.carried++;
    }
    json_free(&out);
    buf_free(&args);
}

static void bring(const struct stick *s, uint32_t torn)
{
    struct machine *m = s->up ? sim.hub : sim_live(s->slug);

    for (size_t i = 0; m != NULL && i < s->count && m->power == POWER_ON; i++)
        if (torn == 0 || !sim_chance(torn))
            take(m, s, i);
}

bool sim_bundle_bring(const char *label)
{
    for (size_t i = 0; i < STICKS; i++)
        if (sticks[i].count > 0 && strcmp(sticks[i].label, label) == 0) {
            bring(&sticks[i], 0);
            return true;
        }
    return false;
}

static struct stick *any_stick(void)
{
    struct stick *list[STICKS];
    uint32_t count = 0;

    for (size_t i = 0; i < STICKS; i++)
        if (sticks[i].count > 0)
            list[count++] = &sticks[i];
    return count == 0 ? NULL : list[sim_below(count)];
}

void sim_bundle_any(struct machine *node)
{
    struct stick *s = any_stick();
    bool writes = s == NULL || sim_chance(450);

    if (writes && node != NULL && node->power == POWER_ON && sim_chance(550)) {
        (void)sim_bundle_write(node, node->slug, "");
    } else if (writes && node != NULL && sim.hub->power == POWER_ON) {
        (void)sim_bundle_write(sim.hub, node->slug, "");
    } else if (s != NULL) {
        bring(s, sim_chance(300) ? 300 : 0);
        if (sim_chance(200))
            wipe(s); /* lost, or written over */
    }
}
