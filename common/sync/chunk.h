/* common/sync/chunk.h - which pieces of a file are asked for next (PROTOCOL
 * 7.12). Pure: no clock, no file.
 *
 * Pieces come in order. So many are asked for at once as the line moves in
 * about half a second to two; what was asked and does not come is asked again.
 */
#ifndef LIENXA_SYNC_CHUNK_H
#define LIENXA_SYNC_CHUNK_H

#include <stdbool.h>
#include <stdint.h>

enum { CHUNK_SILENT_MS = 30000 };

struct chunk_flow {  /* zeroed: nothing is here, nothing asked for */
    uint32_t next;   /* the first that is not here */
    uint32_t to;     /* asked for are those before it; not above next: none */
    uint32_t window; /* how many are asked for at once; 0: not known */
    int64_t asked_ms, heard_ms;
};

/* What is to be asked for now: false, nothing. `pieces` = how many there are.
 */
bool chunk_flow_ask(struct chunk_flow *flow, uint32_t pieces, int64_t now_ms,
                    uint32_t *first, uint32_t *count);
/* Is it the one that was asked for and comes next? */
bool chunk_flow_expects(const struct chunk_flow *flow, uint32_t piece);
/* It is here. */
void chunk_flow_took(struct chunk_flow *flow, int64_t now_ms);
/* The line, or the peer's memory of it, is gone: ask anew. */
void chunk_flow_lost(struct chunk_flow *flow);
/* When chunk_flow_ask may say something by itself. */
int64_t chunk_flow_deadline(const struct chunk_flow *flow, uint32_t pieces);

#endif
