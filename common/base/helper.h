/* common/base/helper.h - a program that is installed beside the one that runs,
 * started for one file and waited for.
 *
 * It reads the file from standard input (from its start), writes what it made
 * of it to standard output, says on standard error in one line why not, and
 * inherits nothing else. Any thread; blocks until it has ended: it is for it to
 * bound itself.
 */
#ifndef LIENXA_BASE_HELPER_H
#define LIENXA_BASE_HELPER_H

#include "common/base/error.h"

/* `argument` may be NULL. Returns the descriptor of a file without a name, the
 * caller's, or: ERR_MISSING, it is not installed; ERR_INVALID, its own words,
 * or `otherwise` when it died without any; ERR_IO. */
int helper_run(const char *name, const char *argument, int input,
               const char *otherwise, struct error *err);

#endif
