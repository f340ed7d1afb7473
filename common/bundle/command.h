/* common/bundle/command.h - `bundle export` and `bundle import` as they are
 * typed: what is the same at both command lines.
 */
#ifndef LIENXA_BUNDLE_COMMAND_H
#define LIENXA_BUNDLE_COMMAND_H

#include "common/base/cli.h"
#include "common/bundle/carry.h"

/* `call` and `who` as in struct carrier; the rest is as the terminal wants it.
 */
struct carrier bundle_command_carrier(const struct cli *cli,
                                      struct json *(*call)(void *who,
                                                           const char *command,
                                                           struct json *args,
                                                           struct error *err),
                                      void *who);

/* --size and --files, when they are given; 0, or the exit code after what is
 * wrong was said. */
int bundle_command_sizes(const struct cli *cli, struct carry_order *out);

/* Every file that is named, whatever becomes of the others; the exit code. */
int bundle_command_import(const struct cli *cli, const struct carrier *carrier);

#endif
