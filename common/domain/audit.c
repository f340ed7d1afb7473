#include "common/domain/audit.h"

enum audit_step audit_step(const struct audit_head *before,
                           const struct audit_head *now)
{
    if (before->count == 0)
        return AUDIT_GROWN;
    if (now->count == 0 || !hash_equal(&before->first, &now->first))
        return AUDIT_OTHER;
    if (now->count < before->count)
        return AUDIT_CUT;
    if (now->count == before->count && !hash_equal(&before->last, &now->last))
        return AUDIT_CHANGED;
    return AUDIT_GROWN;
}
