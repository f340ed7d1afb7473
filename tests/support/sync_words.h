/* tests/support/sync_words.h - messages and actions as words for transcripts.
 */
#ifndef LIENXA_TESTS_SYNC_WORDS_H
#define LIENXA_TESTS_SYNC_WORDS_H

#include "common/base/buf.h"
#include "common/sync/session.h"

void words_message(struct buf *out, const struct sync_message *message);
/* Empty for actions that show by what they send. */
void words_action(struct buf *out, const struct sync_action *action);

#endif
