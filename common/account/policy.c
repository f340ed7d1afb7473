/* common/account/policy.c - looking into the table. */
#include "common/account/policy.h"

#include <stddef.h>
#include <string.h>

unsigned policy_role(const struct policy *policy, const char *role)
{
    for (unsigned i = 0; role != NULL && policy->roles[i] != NULL; i++)
        if (strcmp(policy->roles[i], role) == 0)
            return 1U << i;
    return 0;
}

static const struct policy_row *find_command(const struct policy *policy,
                                             const char *command)
{
    for (const struct policy_row *row = policy->commands; row->name != NULL;
         row++)
        if (strcmp(row->name, command) == 0)
            return row;
    return NULL;
}

bool policy_may_run(const struct policy *policy, const char *role,
                    const char *command, bool own)
{
    const struct policy_row *row = find_command(policy, command);
    unsigned bit = policy_role(policy, role);

    if (row == NULL || bit == 0)
        return false;
    return (row->roles & bit) != 0 || (own && (row->flags & POLICY_OWN) != 0);
}

bool policy_wants_code(const struct policy *policy, const char *command)
{
    const struct policy_row *row = find_command(policy, command);

    return row != NULL && (row->flags & POLICY_CODE) != 0;
}

bool policy_takes_password(const struct policy *policy, const char *command)
{
    const struct policy_row *row = find_command(policy, command);

    return row != NULL && (row->flags & POLICY_PASSWORD) != 0;
}

/* "/api/reports/" stands for "/api/reports/X", not for "/api/reports/X/Y". */
static bool covers(const char *name, const char *path)
{
    size_t size = strlen(name);

    if (strcmp(name, path) == 0)
        return true;
    return name[size - 1] == '/' && strncmp(name, path, size) == 0 &&
           strchr(path + size, '/') == NULL;
}

bool policy_may_read(const struct policy *policy, const char *role,
                     const char *path)
{
    unsigned bit = policy_role(policy, role);

    for (const struct policy_row *row = policy->reads; row->name != NULL; row++)
        if (covers(row->name, path))
            return (row->roles & bit) != 0;
    return false;
}
