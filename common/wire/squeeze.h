/* common/wire/squeeze.h - long files made smaller on their way (zstd).
 *
 * Push in, get called with what comes out. The reader's memory is bounded
 * whatever the file says: its window is at most 8 MiB.
 */
#ifndef LIENXA_WIRE_SQUEEZE_H
#define LIENXA_WIRE_SQUEEZE_H

#include "common/base/buf.h"
#include "common/base/error.h"

/* Where it goes; not 0 ends the work and is what push returns. */
struct squeeze_sink {
    int (*take)(void *who, struct bytes bytes);
    void *who;
};

struct squeeze;   /* makes smaller */
struct unsqueeze; /* and back */

struct squeeze *squeeze_new(struct squeeze_sink sink);
void squeeze_free(struct squeeze **squeeze);
int squeeze_push(struct squeeze *squeeze, struct bytes bytes);
/* The end of the file: everything that was kept back comes out. */
int squeeze_end(struct squeeze *squeeze);

struct unsqueeze *unsqueeze_new(struct squeeze_sink sink);
void unsqueeze_free(struct unsqueeze **unsqueeze);
/* ERR_DAMAGED: not what squeeze made. */
int unsqueeze_push(struct unsqueeze *unsqueeze, struct bytes bytes);

#endif
