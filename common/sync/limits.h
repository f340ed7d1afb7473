/* common/sync/limits.h - every size a peer could make large, in one place.
 *
 * PROTOCOL 12. Checked before anything is allocated. Here and not in wire/,
 * because the engine and the sockets need them too.
 */
#ifndef LIENXA_SYNC_LIMITS_H
#define LIENXA_SYNC_LIMITS_H

enum {
    LIMIT_FRAME = 256 * 1024,        /* one ZeroMQ frame, bytes */
    LIMIT_ENROL_FRAME = 4096,        /* one frame of the enrolment endpoint */
    LIMIT_TLS_REQUEST = 1536,        /* in it: a PKCS #10 request .. */
    LIMIT_TLS_CERTIFICATE = 2048,    /* .. what is issued for it .. */
    LIMIT_TLS_AUTHORITY = 1024,      /* .. and its issuer's certificate */
    LIMIT_FRAME_START = 16 * 1024,   /* a batch, until the line is measured */
    LIMIT_BATCH_CHANGES = 2000,      /* changes in one batch */
    LIMIT_BATCH_PLAIN = 1024 * 1024, /* a batch after decompression, bytes */
    LIMIT_HEADER = 128,              /* a change's header, bytes */
    LIMIT_FACT = 16 * 1024,
    LIMIT_BODY = 96 * 1024,
    LIMIT_VAULT = 96 * 1024,
    LIMIT_SAMPLES = 66,              /* positions named for one stream */
    LIMIT_STREAMS = 4,               /* streams named in one hello */
    LIMIT_DICTIONARIES = 8,          /* named in one hello or welcome */
    LIMIT_SHORT_HEAD = 16,           /* changes under a head without its h */
    LIMIT_EARLY_LIST = 256,          /* entries of one list or want */
    LIMIT_REFUSALS = 64,             /* named in one message */
    LIMIT_VAULT_OBJECTS = 64,        /* objects in one message */
    LIMIT_VAULT_OBJECT = 200 * 1024, /* one, bytes: body and vault, locked */
    LIMIT_MEDIA = 32 * 1024 * 1024,  /* one attachment, bytes */
    LIMIT_MEDIA_PIECE = 16 * 1024,   /* of one, in one message */
    LIMIT_MEDIA_LACKS = 1024,        /* files in one message */
    LIMIT_MEDIA_WANT = 32,           /* pieces asked for in one message */
    LIMIT_TEXT = 200,                /* version, reason: bytes */
    LIMIT_CHANNEL = 32,              /* a channel's name with its NUL */
    LIMIT_HOME = 24,                 /* a home with its NUL */

    CREDIT_EXPRESS = 64 * 1024, /* bytes granted at hello */
    CREDIT_BULK = 512 * 1024,   /* the most that one line is granted */
    CREDIT_BULK_LEAST =
        16 * 1024, /* and what every one is, of a hub: at once */
    CREDIT_BULK_SUM = 8 * 1024 * 1024 /* of all lines of a hub */
};

#endif
