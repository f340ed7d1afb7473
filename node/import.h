/* node/import.h - `report import`: a file of JSON lines, some lines a command.
 *
 * In the asking process. What is printed as accepted has been committed.
 */
#ifndef LIENXA_NODE_IMPORT_H
#define LIENXA_NODE_IMPORT_H

#include <stdio.h>

#include "node/client.h"

struct import_counts {
    uint64_t accepted, repeated, refused;
};

/* Reads `in` to its end. As JSON: every line's result, one object a line; else
 * the refused lines only. An error stops between two commands: the counts and
 * the lines printed so far hold. */
int node_import_run(struct node_client *client, FILE *in, bool as_json,
                    struct import_counts *counts, struct error *err);

#endif
