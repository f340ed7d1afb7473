/* common/backup/sealed_inside.h - the format's numbers. Only for
 * common/backup/sealed_*.c.
 */
#ifndef LIENXA_BACKUP_SEALED_INSIDE_H
#define LIENXA_BACKUP_SEALED_INSIDE_H

#include "common/backup/sealed_file.h"
#include "common/crypto/secret_stream.h"

#define BACKUP_MARK "lienxa-backup "
#define BACKUP_FORMAT "1"
#define BACKUP_END "lienxa-backup end\n"

enum {
    BACKUP_PIECE = 64 * 1024,
    BACKUP_SEALED_PIECE = BACKUP_PIECE + SECRET_STREAM_OVERHEAD,
    BACKUP_KEY_BOX = SECRET_STREAM_KEY_BYTES + SEAL_OVERHEAD,
    BACKUP_HEAD_LIMIT = 1024, /* of the text in front */
    BACKUP_NAME_LIMIT = 64
};

#endif
