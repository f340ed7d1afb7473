/* common/crypto/web_certificate.h - DATA/web: what web pages are served with.
 *
 *   tls.key   this machine's key, 0600; made once
 *   tls.crt   its certificate, by the hub's authority or by its own key
 *   ca.crt    the authority's, which browsers are told to trust; missing
 *             while tls.crt is of its own making
 *   tls.csr   the request for tls.crt: which names were asked for
 *
 * Certificates are public; the web process sees by itself when one changed, and
 * gives away ca.crt at /ca.crt.
 */
#ifndef LIENXA_CRYPTO_WEB_CERTIFICATE_H
#define LIENXA_CRYPTO_WEB_CERTIFICATE_H

#include "common/crypto/x509.h"

/* Sixty days before its end a certificate is replaced. */
#define WEB_CERTIFICATE_RENEW_MS (INT64_C(60) * 86400000)

struct web_certificate {
    bool good;    /* there, and of the key that is there */
    bool trusted; /* by the authority in ca.crt, which is there */
    struct x509_certificate server, authority; /* when good; when trusted */
};

/* Makes DATA/web and the key when they are not there. */
int web_certificate_prepare(const char *folder, struct error *err);

/* What is there now; nothing is an answer as well. */
void web_certificate_read(struct web_certificate *out, const char *folder);

/* Whether it is to be replaced: not trusted, near its end, or without one of
 * `names`. */
bool web_certificate_is_due(const struct web_certificate *certificate,
                            const struct x509_names *names, int64_t now_ms);

/* localhost, 127.0.0.1, ::1, `own`, the names of `more` (separated by spaces),
 * then what this machine is called here (common/base/host.h). What is no name
 * and what is too much is left out. */
void web_certificate_names(struct x509_names *out, const char *own,
                           const char *more);

/* Appends a request by the key in DATA/web, DER. */
int web_certificate_request(struct buf *der, const char *folder,
                            const struct x509_names *names, struct error *err);
/* The names of the request for what is there; none is fine. */
void web_certificate_requested(struct x509_names *out, const char *folder);

/* Puts in place what `authority` made of `request` (PEM both). ERR_DAMAGED: not
 * of our key, not by that authority, or over. */
struct web_certificate_issued {
    struct bytes request, certificate, authority;
};
int web_certificate_put(const char *folder,
                        const struct web_certificate_issued *issued,
                        int64_t now_ms, struct error *err);

/* One by our own key, in place of what is there. */
int web_certificate_make_own(const char *folder, const struct x509_names *names,
                             int64_t now_ms, struct error *err);

#endif
