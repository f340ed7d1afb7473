/* node/api_metrics.c - a commune's machine in figures, for whoever watches it.
 */
#include <stdlib.h>
#include <string.h>

#include "common/format/metrics.h"
#include "node/api.h"
#include "node/read.h"
#include "node/store_desk.h"

static void write_line(struct node *node, int64_t now_ms, struct buf *out)
{
    struct ledger_stream up;
    int64_t contact =
        strtoll(node_store_setting(node->store, "last_contact"), NULL, 10);

    (void)now_ms;
    metrics_gauge(
        out, "lienxa_node_online", "1 while the district is on the line.",
        strcmp(node_store_setting(node->store, "online"), "1") == 0 ? 1 : 0);
    if (contact > 0)
        metrics_gauge(out, "lienxa_hub_last_seen_timestamp_seconds",
                      "When the district last said anything.",
                      (double)contact / 1000);
    if (ledger_stream(node->ledger, &up, &node->up, true) != 0)
        return;
    metrics_gauge(out, "lienxa_node_backlog_records",
                  "Changes that wait for the district.",
                  (double)(up.head.seq - up.acked));
    metrics_gauge(out, "lienxa_node_backlog_bytes", "Their size.",
                  (double)(up.bytes - up.acked_bytes));
    metrics_gauge(out, "lienxa_node_urgent_waiting_records",
                  "Of them, what is urgent.",
                  (double)ledger_expedited_waiting(node->ledger, &node->up));
    metrics_about(out, "lienxa_sync_records_total", "counter",
                  "Changes in this commune's stream.");
    metrics_put(out, "lienxa_sync_records_total", "direction", "out",
                (double)up.head.seq);
}

static void write_desk(struct node *node, int64_t now_ms, struct buf *out)
{
    /* whoever asks is nobody: not told of what is hidden from the post */
    const struct node_query nobody = {.role = "officer", .now_ms = now_ms};
    struct desk_counts n = {0, 0, 0};

    if (desk_store_counts(node->desk.store, now_ms, node_read_hidden(&nobody),
                          &n) != 0)
        return;
    metrics_gauge(out, "lienxa_reports_open",
                  "Reports that are not dealt with.", (double)n.open);
    metrics_gauge(out, "lienxa_reports_overdue",
                  "Of them, those whose clock has run out.", (double)n.overdue);
    metrics_gauge(out, "lienxa_reports_urgent_waiting",
                  "Of them, the urgent ones that nobody has acknowledged.",
                  (double)n.rings);
}

static int count_alarm(void *who, int64_t id, int code, const char *text,
                       int64_t since_ms)
{
    (void)id;
    (void)code;
    (void)text;
    (void)since_ms;
    ++*(int64_t *)who;
    return 0;
}

void node_api_metrics(void *data, int64_t now_ms, struct buf *out)
{
    struct node *node = ((struct node_api *)data)->node;
    int64_t alarms = 0;

    write_line(node, now_ms, out);
    write_desk(node, now_ms, out);
    (void)node_store_alarms(node->store, count_alarm, &alarms);
    metrics_gauge(out, "lienxa_alarms_open",
                  "Alarms that nobody has dealt with.", (double)alarms);
    metrics_gauge(out, "lienxa_quarantine_records",
                  "Changes that are kept and cannot be used.",
                  (double)ledger_quarantine_count(node->ledger));
    metrics_gauge(out, "lienxa_damage_records",
                  "Changes that are damaged on this disk.",
                  (double)ledger_damage_count(node->ledger));
}

static int find_disk(void *who, int64_t id, int code, const char *text,
                     int64_t since_ms)
{
    (void)id;
    (void)since_ms;
    if (code != ALARM_DISK_FULL && code != ALARM_DISK_FAILED)
        return 0;
    (void)error_set(who, ERR_FULL, "%s", text);
    return 1;
}

int node_api_health(void *data, struct error *err)
{
    struct node *node = ((struct node_api *)data)->node;
    struct error disk = {""};
    int rc = node_store_alarms(node->store, find_disk, &disk);

    if (rc < 0)
        return error_set(err, rc, "the database cannot be read");
    return rc == 0 ? 0 : error_set(err, ERR_FULL, "%s", disk.text);
}
