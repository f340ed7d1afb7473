/* hub/restored.c - see restored.h. */
#include "hub/restored.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/sync/session.h"
#include "hub/enrolment.h"
#include "hub/store_restored.h"

enum {
    ALARM_RESTORED = 151,
    NAMES_MOST = 5,
    /* certificates of one unit, versions of one record, that a hub may have
     * made and lost */
    NUMBERS_LOST = 1000
};

/* A number among the settings; 0 when it is not there. */
static int64_t setting_number(struct hub *hub, const char *name)
{
    const char *text = hub_store_setting(hub->store, name);

    return text[0] == '\0' ? 0 : strtoll(text, NULL, 10);
}

/* ---- how far it is */

struct progress {
    struct hub *hub;
    size_t all, heard, named;
    struct buf missing; /* "quang-an, quang-tho" */
};

static int count_unit(void *who, const char *unit, int64_t heard_ms)
{
    struct progress *p = who;

    p->all++;
    if (heard_ms != 0) {
        p->heard++;
    } else if (p->named++ < NAMES_MOST) {
        if (p->missing.size > 0)
            buf_add_text(&p->missing, ", ");
        buf_add_text(&p->missing, hub_unit_name(p->hub, unit));
    }
    return 0;
}

static int measure(struct hub *hub, struct progress *out)
{
    memset(out, 0, sizeof *out);
    out->hub = hub;
    return hub_store_restored_list(hub->restored, count_unit, out);
}

static int raise(struct hub *hub, struct progress *p)
{
    char when[CLOCK_TEXT_BYTES];
    struct buf text = {0};
    int rc;

    (void)clock_text(when, setting_number(hub, "restored_from_ms"));
    if (p->heard < p->all)
        buf_printf(
            &text,
            "this hub was restored from its copy of %s. Nodes send again "
            "by themselves what came later, and hand back the alerts "
            "issued since: %zu of %zu heard, still silent: %s%s. Until "
            "then figures may be too low. A commune that stays silent: "
            "see that its machine runs",
            when, p->heard, p->all, buf_text(&p->missing),
            p->named > NAMES_MOST ? ", .." : "");
    else
        buf_printf(&text,
                   "this hub was restored from its copy of %s: %zu of %zu "
                   "heard, everything is back. Clear this alarm",
                   when, p->heard, p->all);
    rc = hub_store_raise(hub->store, "", ALARM_RESTORED, buf_text(&text),
                         hub->wall_ms);
    log_info("hub.restored", "heard=%zu of=%zu", p->heard, p->all);
    buf_free(&text);
    return rc;
}

int hub_restored_tell(struct hub *hub)
{
    struct progress p;
    int rc = measure(hub, &p);

    if (rc == 0)
        rc = raise(hub, &p);
    hub->unheard = p.all - p.heard;
    buf_free(&p.missing);
    return rc;
}

int hub_restored_load(struct hub *hub, struct error *err)
{
    struct progress p;
    int rc =
        hub_store_restored_open(&hub->restored, hub_store_db(hub->store), err);

    if (rc != 0)
        return rc;
    rc = measure(hub, &p);
    hub->unheard = p.all - p.heard;
    buf_free(&p.missing);
    return rc;
}

void hub_restored_rolled_back(struct hub *hub)
{
    struct progress p;

    if (measure(hub, &p) == 0)
        hub->unheard = p.all - p.heard;
    buf_free(&p.missing);
}

int hub_restored_heard(struct hub *hub, const char *unit)
{
    int rc;

    if (hub->unheard == 0)
        return 0;
    rc = hub_store_restored_heard(hub->restored, unit, hub->wall_ms);
    if (rc != 0)
        return rc == ERR_MISSING ? 0 : rc;
    return hub_restored_tell(hub);
}

struct look {
    const char *unit;
    bool waits;
};

static int see_unit(void *who, const char *unit, int64_t heard_ms)
{
    struct look *l = who;

    if (strcmp(unit, l->unit) == 0 && heard_ms == 0)
        l->waits = true;
    return l->waits;
}

bool hub_restored_expects(struct hub *hub, const char *unit, int code)
{
    struct look l = {unit, false};

    if (hub->unheard == 0 ||
        (code != ALARM_HUB_REWOUND && code != ALARM_CHANNEL_REWOUND))
        return false;
    (void)hub_store_restored_list(hub->restored, see_unit, &l);
    return l.waits;
}

/* ---- who is shut out */

int hub_restored_adopted(struct hub *hub, const struct node_key *key,
                         struct error *err)
{
    int64_t restored_ms = setting_number(hub, "restored_ms");
    int rc;

    if (restored_ms == 0)
        return 0;
    if (key->state == NODE_REVOKED) /* will never be heard */
        return hub_restored_heard(hub, key->unit);
    if (key->since_ms >= restored_ms || key->state != NODE_ENROLLED)
        return 0;
    if (hub_store_restored_shut_out(hub->restored, key->unit))
        return hub_enrolment_shut_out(hub, key->unit, err);
    if ((rc = hub_store_restored_add(hub->restored, key->unit, false)) != 0)
        return rc;
    return hub_restored_tell(hub);
}

uint64_t hub_restored_numbers(struct hub *hub)
{
    return (uint64_t)setting_number(hub, "restores") * NUMBERS_LOST;
}

uint64_t hub_restored_version(struct hub *hub, uint64_t held)
{
    uint64_t lost = hub_restored_numbers(hub);

    return (held > lost ? held : lost) + 1;
}

bool hub_restored_admits(struct hub *hub, const char *unit, int64_t issued_ms)
{
    return issued_ms >= setting_number(hub, "restored_ms") ||
           !hub_store_restored_shut_out(hub->restored, unit);
}
