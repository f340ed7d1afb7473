/* node/commands_inside.h - what the files of the commands share. Only for
 * node/commands*.c.
 */
#ifndef LIENXA_NODE_COMMANDS_INSIDE_H
#define LIENXA_NODE_COMMANDS_INSIDE_H

#include "common/format/json.h"
#include "node/commands.h"

struct call {
    const struct account_call *asked;
    const struct json *args;
    const char *actor;
    struct json *out;
};

/* ---- commands.c */
/* The id under `key`; ERR_INVALID says that it is not that of `what`. */
int node_call_id(const struct call *call, const char *key, const char *what,
                 struct id *out, struct error *err);
void node_call_give_id(struct json *out, const char *key, const struct id *id);

/* ---- commands_pass.c */
int node_call_report_refer(struct node *node, const struct call *call,
                           struct error *err);
int node_call_referral_accept(struct node *node, const struct call *call,
                              struct error *err);
int node_call_referral_refuse(struct node *node, const struct call *call,
                              struct error *err);
int node_call_referral_return(struct node *node, const struct call *call,
                              struct error *err);
int node_call_referral_done(struct node *node, const struct call *call,
                            struct error *err);
int node_call_report_attachment(struct node *node, const struct call *call,
                                struct error *err);

int node_call_original_open(struct node *node, const struct call *call,
                            struct error *err);
int node_call_original_read(struct node *node, const struct call *call,
                            struct error *err);

#endif
