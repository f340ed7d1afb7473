/* common/crypto/x509_inside.h - what x509.c and x509_make.c share.
 */
#ifndef LIENXA_CRYPTO_X509_INSIDE_H
#define LIENXA_CRYPTO_X509_INSIDE_H

#include <openssl/x509v3.h>

#include "common/crypto/x509.h"

/* Says what failed, and forgets the library's own words. */
int x509_fail(struct error *err, int code, const char *what);

/* Owned, or NULL: not one, or larger than it may be. */
X509 *x509_parse(struct bytes certificate);
EVP_PKEY *x509_parse_key(struct bytes pem);
/* Owned; checked as x509_request_read says. NULL: the reason is in `err`. */
X509_REQ *x509_parse_request(struct bytes request, struct error *err);

/* Owned. */
GENERAL_NAMES *x509_general_names(const struct x509_names *names);
/* Appends what is in `from`. ERR_FULL. */
int x509_names_read(struct x509_names *out, const GENERAL_NAMES *from);
int x509_pem_add(struct buf *pem, X509 *certificate, struct error *err);

#endif
