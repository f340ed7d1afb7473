/* common/crypto/x509.h - certificates for web pages (TLS): an authority of the
 * hub's own, and what it certifies (PROTOCOL 8.9).
 *
 * Keys are ECDSA P-256, signatures ecdsa-with-SHA256; nothing else is made or
 * taken. Keys and certificates on disk are PEM, what travels is DER; the
 * readers take either. A request is a stranger's: its size is bounded, of its
 * content only the public key and the names are looked at, and the key must be
 * one that signed it.
 */
#ifndef LIENXA_CRYPTO_X509_H
#define LIENXA_CRYPTO_X509_H

#include "common/base/buf.h"
#include "common/base/error.h"

enum {
    X509_NAMES_LIMIT = 24,
    X509_NAME_BYTES = 64,          /* of one name, with its NUL */
    X509_NAMES_BYTES = 1200,       /* of all, so that a request holds them */
    X509_REQUEST_LIMIT = 1536,     /* DER */
    X509_CERTIFICATE_LIMIT = 2048, /* DER; a server's */
    X509_AUTHORITY_LIMIT = 1024,   /* DER; an authority's */
    X509_FILE_LIMIT = 16 * 1024,   /* PEM */
    X509_FINGERPRINT_BYTES = 32,
    X509_SERVER_DAYS = 397, /* browsers take no more than 398 */
    X509_AUTHORITY_DAYS = 3652
};

/* DNS names in lower case and addresses as inet_ntop writes them. */
struct x509_names {
    size_t count;
    char name[X509_NAMES_LIMIT][X509_NAME_BYTES];
};

/* Adds it in its one form, unless it is there. ERR_INVALID: neither a host name
 * (letters, digits, hyphens, dots) nor an address. ERR_FULL. */
int x509_names_add(struct x509_names *names, const char *name);
bool x509_names_has(const struct x509_names *names, const char *name);
/* Whether `names` has all of `wanted`. */
bool x509_names_cover(const struct x509_names *names,
                      const struct x509_names *wanted);
/* Whether it is an IP address; its 4 or 16 bytes, when `out` is not NULL. */
size_t x509_name_address(const char *name, uint8_t out[16]);

/* Appends a new private key, PEM. Wipe it after use. */
int x509_key_make(struct buf *pem, struct error *err);

/* Appends a self-signed authority for `name` ("Lienxa NAME CA", cut to fit)
 * that may certify servers only, PEM. */
int x509_authority_make(struct buf *pem, struct bytes key, const char *name,
                        int64_t now_ms, struct error *err);

/* Appends a request, DER. */
int x509_request_make(struct buf *der, struct bytes key,
                      const struct x509_names *names, struct error *err);

/* The names a request asks for; others than DNS names and addresses are left
 * out. ERR_INVALID: malformed, too large, another kind of key, or not signed by
 * that key. ERR_FULL: too many names. */
int x509_request_read(struct x509_names *out, struct bytes request,
                      struct error *err);

/* Appends a server's certificate for the key of `request` (checked as above)
 * and for `names`, PEM. It never outlives the authority. ERR_REFUSED: no name,
 * or key and certificate of the authority do not belong together. */
struct x509_issuer {
    struct bytes key, certificate;
};
int x509_issue(struct buf *pem, const struct x509_issuer *issuer,
               struct bytes request, const struct x509_names *names,
               int64_t now_ms, struct error *err);

/* Appends a server's certificate signed by its own key, PEM. */
int x509_self_signed(struct buf *pem, struct bytes key,
                     const struct x509_names *names, int64_t now_ms,
                     struct error *err);

struct x509_certificate {
    struct x509_names names;
    char subject[128]; /* its common name */
    int64_t since_ms, expires_ms;
    uint8_t fingerprint[X509_FINGERPRINT_BYTES]; /* SHA-256 of the DER */
    bool authority;                              /* may certify */
};
/* Reads a certificate. ERR_INVALID. */
int x509_read(struct x509_certificate *out, struct bytes certificate,
              struct error *err);

/* Whether `certificate` is of `key`, signed by `authority` (which is one). */
bool x509_is_of_key(struct bytes certificate, struct bytes key);
bool x509_is_issued_by(struct bytes certificate, struct bytes authority);

/* The same certificate in the other form, appended. */
int x509_to_pem(struct buf *pem, struct bytes der, struct error *err);
int x509_to_der(struct buf *der, struct bytes pem, struct error *err);

/* "AB:CD:.." as browsers show it; returns `out`. */
enum { X509_FINGERPRINT_TEXT_BYTES = 3 * X509_FINGERPRINT_BYTES };
const char *x509_fingerprint_text(char out[X509_FINGERPRINT_TEXT_BYTES],
                                  const uint8_t fingerprint[32]);

#endif
