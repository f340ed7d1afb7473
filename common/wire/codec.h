/* common/wire/codec.h - structs to bytes and back; alone knows protobuf-c,
 * zstd.
 *
 * A codec owns the memory of the message it decoded last; one per direction and
 * process is enough. Every limit of common/sync/limits.h is checked here:
 * frame, counts, lengths, UTF-8, and the memory one message may take.
 */
#ifndef LIENXA_WIRE_CODEC_H
#define LIENXA_WIRE_CODEC_H

#include "common/base/error.h"
#include "common/sync/message.h"

struct wire_codec;

/* `compress`: batches are zstd-compressed when that makes them smaller. */
struct wire_codec *wire_codec_new(bool compress);
void wire_codec_free(struct wire_codec **codec);

/* Decodes one frame into `out`; everything in it is borrowed from the codec and
 * `frame` until the next decode. ERR_INVALID: malformed or over a limit (err
 * says which); ERR_VERSION: a type we do not know. Unknown fields are ignored.
 */
int wire_decode(struct wire_codec *codec, struct sync_message *out,
                struct bytes frame, struct error *err);

/* The bytes of `message`, borrowed until the next encode. ERR_FULL: larger than
 * LIMIT_FRAME. */
int wire_encode(struct wire_codec *codec, struct bytes *out,
                const struct sync_message *message, struct error *err);

/* The same, of a BATCH or an EARLY as small as this peer can take it (PROTOCOL
 * 7.13), unless the codec does not compress. A head that came short goes on so;
 * only this function takes it. */
int wire_encode_packed(struct wire_codec *codec, struct bytes *out,
                       const struct sync_message *message,
                       const struct packing *packing, struct error *err);

/* Gives back the memory that compressing needs, and the last frame; what was
 * decoded stays. It is taken again when it is needed. */
void wire_codec_rest(struct wire_codec *codec);

/* A change as stored: the bytes of its proto message without signature. Used
 * for reading back: fills in `out` from columns. */
int wire_header_decode(struct change_header *out, struct bytes bytes);
/* Appends the header's bytes to `out`. Only a home makes headers. */
void wire_header_encode(struct buf *out, const struct change_header *header);

/* About how many bytes a change takes in a batch before compression. */
size_t wire_change_size(const struct change *change);

/* Signed bodies (PROTOCOL 2.3): exact bytes in and out. Appended to `out`. */
void wire_head_encode(struct buf *out, const struct head *head);
int wire_head_decode(struct head *out, struct bytes body);

struct beacon {
    char hub[LIMIT_HOME];
    int64_t clock_ms;
    uint64_t epoch, number; /* latest alert */
};
void wire_beacon_encode(struct buf *out, const struct beacon *beacon);
int wire_beacon_decode(struct beacon *out, struct bytes body);
#define BEACON_SIGN_DOMAIN "lienxa beacon 1\n"

struct certificate { /* of a node; PROTOCOL 8.3 */
    char unit[LIMIT_HOME];
    char hub[LIMIT_HOME];
    uint64_t number;
    uint8_t curve_public[32];
    uint8_t sign_public[32];
    int64_t issued_ms, expires_ms;
};
void wire_certificate_encode(struct buf *out, const struct certificate *c);
int wire_certificate_decode(struct certificate *out, struct bytes body);
#define CERTIFICATE_SIGN_DOMAIN "lienxa certificate 1\n"

enum { SIGNING_REVOKED_LIMIT = 16 };
struct signing_key { /* of a hub, signed by its root; PROTOCOL 8.1 */
    char hub[LIMIT_HOME];
    uint64_t number;
    uint8_t sign_public[32];
    int64_t issued_ms;
    size_t revoked_count; /* key ids of stolen ones */
    uint8_t revoked[SIGNING_REVOKED_LIMIT][CHANGE_KEY_ID_BYTES];
};
void wire_signing_key_encode(struct buf *out, const struct signing_key *k);
int wire_signing_key_decode(struct signing_key *out, struct bytes body);
#define SIGNING_KEY_SIGN_DOMAIN "lienxa signing key 1\n"

/* What the node signs in an ENROL: the fields before the signature. */
void wire_enrol_signed(struct buf *out, const struct msg_enrol *enrol);
#define ENROL_SIGN_DOMAIN "lienxa enrol 1\n"

struct rotate_body { /* what a node asks for with ROTATE; PROTOCOL 8.7 */
    char unit[LIMIT_HOME];
    uint64_t number; /* of the certificate whose key asks */
    uint8_t curve_public[32];
    uint8_t sign_public[32];
};
void wire_rotate_encode(struct buf *out, const struct rotate_body *rotation);
int wire_rotate_decode(struct rotate_body *out, struct bytes body);
#define ROTATE_SIGN_DOMAIN "lienxa rotate 1\n"

struct token {                                /* PROTOCOL 8.2 */
    char express[128], bulk[128], enrol[128]; /* tcp://host:port */
    uint8_t hub_curve[32];
    uint8_t root_public[32];
    char hub[LIMIT_HOME];
    char unit[LIMIT_HOME];
    char unit_name[128];
    char unit_slug[48]; /* as in the roster */
    uint8_t secret[32];
    int64_t expires_ms;
};
/* "lienxa1" and base64url of one zstd frame with a content checksum, which
 * holds a TokenBody: a token that was cut or mistyped is ERR_INVALID, in words.
 */
void wire_token_encode(struct buf *out, const struct token *token);
int wire_token_decode(struct token *out, const char *text, struct error *err);

/* A signed thing as one blob (stored or sent): body, key id, signature. */
void wire_signed_encode(struct buf *out, const struct signed_bytes *s);
int wire_signed_decode(struct signed_bytes *out, struct bytes blob);

#endif
