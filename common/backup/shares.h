/* common/backup/shares.h - two lines from paper, as somebody types or pastes
 * them.
 */
#ifndef LIENXA_BACKUP_SHARES_H
#define LIENXA_BACKUP_SHARES_H

#include <stdbool.h>

#include "common/crypto/share.h"

/* The first two lines of standard input that begin with "share"; others (what
 * was printed around them) are passed over. The caller wipes them. */
bool shares_read(char lines[2][SHARE_TEXT_BYTES]);

#endif
