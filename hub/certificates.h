/* hub/certificates.h - the hub's authority for the certificates of web pages:
 * its own and its nodes' (PROTOCOL 8.9).
 *
 *   DATA/keys/ca.key, ca.crt   the authority; in the backup, never with the web
 *   DATA/web                   common/crypto/web_certificate.h
 *
 * The key is read when something is to be certified and wiped after it: once in
 * a year and machine.
 */
#ifndef LIENXA_HUB_CERTIFICATES_H
#define LIENXA_HUB_CERTIFICATES_H

#include "common/crypto/x509.h"
#include "common/format/json.h"
#include "hub/hub.h"

/* By which a hub and its nodes may always be called where a name server says
 * so. */
#define HUB_CERTIFICATES_NAME "hub.lienxa.internal"

/* Makes what is not there: the authority, the key, a certificate by it; a new
 * certificate when names were added, or sixty days before the end. The web
 * process sees by itself that it changed. */
int hub_certificates_tend(struct hub *hub, struct error *err);
/* The same in the turn of a serving hub, once an hour; what goes wrong is said
 * in an alarm. */
void hub_certificates_work(struct hub *hub);

/* Which names of `asked` a machine of the unit with this slug may be certified
 * for, who asks from the address `peer`: its own SLUG.lienxa.internal, names
 * that mean something in one building only, private addresses and `peer`
 * itself; of `domains` (separated by spaces) all that is below one. Never what
 * is in `ours`, except for who asks from this machine. */
void hub_certificates_filter(struct x509_names *out,
                             const struct x509_names *asked, const char *slug,
                             const char *peer, const char *domains,
                             const struct x509_names *ours);

/* Certifies a machine of `unit`, whose request has come from `peer`: DER,
 * appended. ERR_INVALID, ERR_FULL: the request's fault; ERR_REFUSED: no name is
 * left. */
struct hub_certificates_issued {
    struct buf certificate, authority;
};
int hub_certificates_issue(struct hub *hub, const char *unit, const char *peer,
                           struct bytes request,
                           struct hub_certificates_issued *out,
                           struct error *err);

/* Command "web.certificate":
 * {"names":[..],"domains":[..],"new_authority":bool}, all of them optional. */
int hub_certificates_run(struct hub *hub, const struct json *args,
                         struct json *out, struct error *err);
/* {"authority":{"name","fingerprint","expires"},"names":[..],"fingerprint",
 * "expires","file"} of what lies in `folder`. ERR_MISSING: nothing yet. */
int hub_certificates_show(const char *folder, struct json *out,
                          struct error *err);

#endif
