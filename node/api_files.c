/* node/api_files.c - files of reports that come in and go out by pages. */
#include "common/sync/limits.h"
#include "common/web/upload.h"
#include "node/api.h"
#include "node/spool.h"

_Static_assert((int)UPLOAD_MOST == (int)LIMIT_MEDIA,
               "what a page takes is what a report takes");

/* The original is sealed for the custodian, whatever kind the report will be
 * of: nobody knows that yet. */
int node_api_ready(void *data, const struct web_uploaded *what,
                   struct json **out, struct error *err)
{
    struct node_api *api = data;
    struct json *list = json_array_new();
    struct sealing_key seal;
    struct spool_order order = {.data = what->folder,
                                .folder = NODE_SPOOL_WEB,
                                .for_group = true,
                                .fd = what->fd,
                                .shown = what->shown,
                                .seal_to = seal.public_key};
    int rc = node_store_sealing_key(api->node->store, true, &seal);

    if (rc == ERR_MISSING)
        rc = error_set(err, ERR_INVALID,
                       "there is no key here to seal originals with: join this "
                       "commune once more with its invitation");
    if (rc == 0)
        rc = node_spool_file(&order, list, err);
    *out = rc == 0 ? json_take_at(list, 0) : NULL;
    json_free(&list);
    return rc;
}

int node_api_small(int fd, struct error *err)
{
    return node_spool_small(fd, err);
}
