/* common/sync/session_pack.c - how small batches may be made for this peer
 * (PROTOCOL 7.13): from which minor on, and by which words both have. */
#include "common/sync/session_inside.h"

void session_say_dictionaries(const struct sync_session *s,
                              uint32_t out[LIMIT_DICTIONARIES], size_t *count)
{
    *count = s->config.dictionary_count;
    for (size_t i = 0; i < *count; i++)
        out[i] = s->config.dictionaries[i];
}

void session_take_dictionaries(struct sync_session *s, const uint32_t *ids,
                               size_t count)
{
    s->dictionary = 0;
    for (size_t i = 0; i < s->config.dictionary_count; i++)
        for (size_t k = 0; k < count && s->dictionary == 0; k++)
            if (ids[k] == s->config.dictionaries[i])
                s->dictionary = ids[k];
}

struct packing sync_session_packing(const struct sync_session *session)
{
    if (session == NULL || session->minor < PACK_MINOR)
        return (struct packing){.packed = false};
    return (struct packing){.packed = true, .dictionary = session->dictionary};
}
