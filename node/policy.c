/* node/policy.c - the table. */
#include "node/policy.h"

#include <stddef.h>

enum {
    OFFICER = 1,
    LEADER = 2,
    CUSTODIAN = 4,
    AUDITOR = 8,
    DESK = OFFICER | LEADER | CUSTODIAN, /* those who work with reports */
    ALL = DESK | AUDITOR
};

static const char *const roles[] = {"officer", "leader", "custodian", "auditor",
                                    NULL};

/* Not here, so only on the command line: backup.done, recover.done,
 * recover.put, repair.note, report.import. */
static const struct policy_row commands[] = {
    {"alarm.clear", OFFICER | LEADER, 0},
    {"alert.ack", DESK, 0},
    {"alert.shown", DESK, 0},
    {"bundle.done", OFFICER | LEADER, 0},
    {"bundle.make", OFFICER | LEADER, 0},
    {"bundle.take", OFFICER | LEADER, 0},
    {"close", LEADER, POLICY_CODE},
    {"conflict.settle", LEADER, 0},
    {"directory.drop", LEADER, 0},
    {"directory.set", LEADER, 0},
    {"disclosure.approve", CUSTODIAN, POLICY_PASSWORD},
    {"disclosure.open", DESK, POLICY_PASSWORD},
    {"disclosure.refuse", CUSTODIAN, 0},
    {"disclosure.request", DESK, 0},
    {"file.list", DESK, 0},
    {"file.read", DESK, 0},
    {"notice.approve", LEADER, 0},
    {"notice.correct", LEADER, 0},
    {"notice.drop", DESK, 0},
    {"notice.expire", LEADER, 0},
    {"notice.publish", DESK, 0}, /* what a leader approved */
    {"notice.return", LEADER, 0},
    {"notice.write", DESK, 0},
    {"original.open", CUSTODIAN, POLICY_PASSWORD},
    {"original.read", CUSTODIAN, 0},
    {"quarantine.retry", LEADER, 0},
    {"referral.accept", DESK, 0},
    {"referral.done", DESK, 0},
    {"referral.refuse", DESK, 0},
    {"referral.return", DESK, 0},
    {"report.add", DESK, 0},
    {"report.attach", DESK, 0},
    {"report.attachment", DESK, 0},
    {"report.erase", LEADER, POLICY_CODE},
    {"report.move", DESK, 0},
    {"report.refer", DESK, 0},
    {"settings.body", LEADER, POLICY_CODE},
    {"user.add", LEADER, POLICY_CODE},
    {"user.disable", LEADER, POLICY_CODE},
    {"user.enable", LEADER, POLICY_CODE},
    {"user.passwd", LEADER, POLICY_CODE | POLICY_OWN | POLICY_PASSWORD},
    {"user.totp", LEADER, POLICY_CODE},
    {NULL, 0, 0}};

static const struct policy_row reads[] = {{"/api/alarms", ALL, 0},
                                          {"/api/alerts", ALL, 0},
                                          {"/api/audit", LEADER | AUDITOR, 0},
                                          {"/api/catalogue", ALL, 0},
                                          {"/api/directory", ALL, 0},
                                          {"/api/disclosures", ALL, 0},
                                          {"/api/events", ALL, 0},
                                          {"/api/files/", DESK, 0},
                                          {"/api/notices", ALL, 0},
                                          {"/api/notices/", ALL, 0},
                                          {"/api/originals/", CUSTODIAN, 0},
                                          {"/api/procedures", ALL, 0},
                                          {"/api/referrals", DESK, 0},
                                          {"/api/reports", DESK, 0},
                                          {"/api/reports/", DESK, 0},
                                          {"/api/sent", LEADER | AUDITOR, 0},
                                          {"/api/session", ALL, 0},
                                          {"/api/status", ALL, 0},
                                          {"/api/uploads/", DESK, 0},
                                          {"/api/users", LEADER | AUDITOR, 0},
                                          {NULL, 0, 0}};

const struct policy node_policy = {roles, commands, reads, false};

bool node_policy_may_read(const char *role, const char *path)
{
    return policy_may_read(&node_policy, role, path);
}

bool node_policy_may_run(const char *role, const char *command, bool own)
{
    return policy_may_run(&node_policy, role, command, own);
}

struct json *node_policy_may(const char *role)
{
    struct json *list = json_array_new();

    for (const struct policy_row *row = commands; row->name != NULL; row++)
        if (node_policy_may_run(role, row->name, true))
            json_add_text(list, row->name);
    return list;
}

bool node_policy_sees_words(const char *role)
{
    return (policy_role(&node_policy, role) & DESK) != 0;
}
