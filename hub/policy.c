/* hub/policy.c - the table. */
#include "hub/policy.h"

#include <stddef.h>

enum { OPERATOR = 1, DUTY = 2, ANALYST = 4, AUDITOR = 8, ALL = 15 };

static const char *const roles[] = {"operator", "duty", "analyst", "auditor",
                                    NULL};

/* Not here, so only on the command line: address, backup.done, key.finish,
 * key.rotate, key.sign, repair.note, web.certificate. */
static const struct policy_row commands[] = {
    {"alarm.clear", OPERATOR | DUTY, 0},
    {"alert.cancel", DUTY, POLICY_CODE},
    {"alert.issue", DUTY, POLICY_CODE},
    {"alert.update", DUTY, POLICY_CODE},
    {"bundle.done", OPERATOR | DUTY, 0},
    {"bundle.make", OPERATOR | DUTY, 0},
    {"bundle.take", OPERATOR | DUTY, 0},
    {"directory.set", OPERATOR | DUTY, 0},
    {"file.list", DUTY, 0},
    {"file.read", DUTY, 0},
    {"node.invite", OPERATOR, POLICY_CODE},
    {"node.online", ALL, 0},
    {"node.retire", OPERATOR, POLICY_CODE},
    {"node.revoke", OPERATOR, POLICY_CODE},
    {"node.rotate", OPERATOR, POLICY_CODE},
    {"node.settings", OPERATOR, 0},
    {"notice.correct", DUTY, 0},
    {"notice.expire", DUTY, 0},
    {"notice.publish", DUTY, 0},
    {"procedure.import", DUTY, 0},
    {"quarantine.retry", OPERATOR, 0},
    {"referral.answer", DUTY, 0},
    {"report.file", DUTY, 0},
    {"settings.ring", OPERATOR | DUTY, 0},
    {"user.add", OPERATOR, POLICY_CODE},
    {"user.disable", OPERATOR, POLICY_CODE},
    {"user.enable", OPERATOR, POLICY_CODE},
    {"user.passwd", OPERATOR, POLICY_CODE | POLICY_OWN | POLICY_PASSWORD},
    {"user.totp", OPERATOR, POLICY_CODE},
    {NULL, 0, 0}};

/* The operator keeps the machines going and reads no content. */
static const struct policy_row reads[] = {
    {"/api/alarms", OPERATOR | DUTY | AUDITOR, 0},
    {"/api/alerts", DUTY | ANALYST | AUDITOR, 0},
    {"/api/alerts/", DUTY | AUDITOR, 0},
    {"/api/audit", AUDITOR, 0},
    {"/api/authority", OPERATOR, 0},
    {"/api/board", DUTY | ANALYST, 0},
    {"/api/catalogue", ALL, 0},
    {"/api/closings", DUTY | ANALYST | AUDITOR, 0},
    {"/api/directory", ALL, 0},
    {"/api/disclosures", AUDITOR, 0},
    {"/api/events", ALL, 0},
    {"/api/files/", DUTY, 0},
    {"/api/invites", OPERATOR | AUDITOR, 0},
    {"/api/nodes", OPERATOR | DUTY | AUDITOR, 0},
    {"/api/notices", ALL, 0},
    {"/api/notices/", ALL, 0},
    {"/api/procedures", ALL, 0},
    {"/api/quarantine", OPERATOR | AUDITOR, 0},
    {"/api/referrals", DUTY, 0},
    {"/api/reports", DUTY, 0},
    {"/api/reports/", DUTY, 0},
    {"/api/session", ALL, 0},
    {"/api/stats", DUTY | ANALYST | AUDITOR, 0},
    {"/api/status", ALL, 0},
    {"/api/users", OPERATOR | AUDITOR, 0},
    {NULL, 0, 0}};

const struct policy hub_policy = {roles, commands, reads, true};

bool hub_policy_may_read(const char *role, const char *path)
{
    return policy_may_read(&hub_policy, role, path);
}

bool hub_policy_may_run(const char *role, const char *command, bool own)
{
    return policy_may_run(&hub_policy, role, command, own);
}

struct json *hub_policy_may(const char *role)
{
    struct json *list = json_array_new();

    for (const struct policy_row *row = commands; row->name != NULL; row++)
        if (hub_policy_may_run(role, row->name, true))
            json_add_text(list, row->name);
    return list;
}

bool hub_policy_sees(const char *role, enum hub_sight what)
{
    unsigned bit = policy_role(&hub_policy, role);

    switch (what) {
    case HUB_SEES_FIGURES:
        return (bit & (DUTY | ANALYST | AUDITOR)) != 0;
    case HUB_SEES_SINGLE:
    case HUB_SEES_WORDS:
        return (bit & DUTY) != 0;
    }
    return false;
}
