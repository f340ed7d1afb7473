/* hub/certificates.c - see certificates.h. */
#include "hub/certificates.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/web_certificate.h"
#include "common/sync/limits.h"

enum {
    PATH_BYTES = 4200,
    LOOK_MS = 3600 * 1000,
    AUTHORITY_ENDS_DAYS = 400, /* what it issues would be cut short */
    ALARM_NOT_MADE = 200,
    ALARM_AUTHORITY_ENDS = 201
};

_Static_assert((int)X509_REQUEST_LIMIT == (int)LIMIT_TLS_REQUEST &&
                   (int)X509_CERTIFICATE_LIMIT == (int)LIMIT_TLS_CERTIFICATE &&
                   (int)X509_AUTHORITY_LIMIT == (int)LIMIT_TLS_AUTHORITY,
               "what is made must be what travels");

static const char *path_of(char out[PATH_BYTES], const char *folder,
                           const char *name)
{
    (void)snprintf(out, PATH_BYTES, "%s/%s", folder, name);
    return out;
}

/* ---- the authority */

struct authority {
    struct buf key, certificate; /* PEM */
};

static void forget(struct authority *a)
{
    if (a->key.size > 0)
        mem_wipe(a->key.data, a->key.size);
    buf_free(&a->key);
    buf_free(&a->certificate);
}

static struct x509_issuer issuer_of(const struct authority *a)
{
    return (struct x509_issuer){buf_bytes(&a->key), buf_bytes(&a->certificate)};
}

static int make_key(struct authority *a, const char *path, struct error *err)
{
    int rc = x509_key_make(&a->key, err);

    return rc != 0 ? rc : file_write(path, buf_bytes(&a->key), 0600, err);
}

static int make_certificate(struct hub *hub, struct authority *a,
                            const char *path, struct error *err)
{
    int rc;

    buf_clear(&a->certificate);
    rc = x509_authority_make(&a->certificate, buf_bytes(&a->key),
                             hub_store_setting(hub->store, "name"),
                             clock_wall_ms(), err);
    if (rc == 0)
        rc = file_write(path, buf_bytes(&a->certificate), 0600, err);
    if (rc == 0)
        log_info("authority.made", "hub=%s", hub->keys.home);
    return rc;
}

/* Loads it, made when it is not there; `out` is to be forgotten anyway. */
static int load_authority(struct hub *hub, struct authority *out,
                          struct error *err)
{
    char path[PATH_BYTES];
    int rc;

    memset(out, 0, sizeof *out);
    rc = file_read(&out->key, path_of(path, hub->folder, "keys/ca.key"),
                   X509_FILE_LIMIT, err);
    if (rc == ERR_MISSING)
        rc = make_key(out, path, err);
    if (rc != 0)
        return rc;
    rc = file_read(&out->certificate, path_of(path, hub->folder, "keys/ca.crt"),
                   X509_FILE_LIMIT, err);
    if (rc == ERR_MISSING ||
        (rc == 0 &&
         !x509_is_of_key(buf_bytes(&out->certificate), buf_bytes(&out->key))))
        rc = make_certificate(hub, out, path, err);
    return rc;
}

/* ---- the hub's own certificate */

static void own_names(struct hub *hub, struct x509_names *out)
{
    web_certificate_names(out, HUB_CERTIFICATES_NAME,
                          hub_store_setting(hub->store, "web_names"));
}

/* Whether what lies in DATA/web was issued by this very authority. */
static bool is_ours(const struct web_certificate *have,
                    const struct authority *a)
{
    struct x509_certificate ours;

    return have->trusted &&
           x509_read(&ours, buf_bytes(&a->certificate), NULL) == 0 &&
           memcmp(ours.fingerprint, have->authority.fingerprint,
                  sizeof ours.fingerprint) == 0;
}

static int issue_own(struct hub *hub, const struct authority *a,
                     const struct x509_names *names, struct error *err)
{
    struct x509_issuer issuer = issuer_of(a);
    struct buf request = {0}, made = {0};
    int64_t now = clock_wall_ms();
    int rc;

    if ((rc = web_certificate_request(&request, hub->folder, names, err)) ==
            0 &&
        (rc = x509_issue(&made, &issuer, buf_bytes(&request), names, now,
                         err)) == 0 &&
        (rc = web_certificate_put(
             hub->folder,
             &(struct web_certificate_issued){
                 buf_bytes(&request), buf_bytes(&made), issuer.certificate},
             now, err)) == 0)
        log_info("web.certified", "names=%zu", names->count);
    buf_free(&request);
    buf_free(&made);
    return rc;
}

static int tend_own(struct hub *hub, const struct authority *a,
                    struct error *err)
{
    struct web_certificate have;
    struct x509_names names;

    web_certificate_read(&have, hub->folder);
    own_names(hub, &names);
    return is_ours(&have, a) &&
                   !web_certificate_is_due(&have, &names, clock_wall_ms())
               ? 0
               : issue_own(hub, a, &names, err);
}

int hub_certificates_tend(struct hub *hub, struct error *err)
{
    struct authority a;
    int rc = load_authority(hub, &a, err);

    if (rc == 0 && (rc = web_certificate_prepare(hub->folder, err)) == 0)
        rc = tend_own(hub, &a, err);
    forget(&a);
    return rc;
}

static void warn_of_end(struct hub *hub)
{
    struct web_certificate have;
    char when[CLOCK_TEXT_BYTES];

    web_certificate_read(&have, hub->folder);
    if (have.trusted && have.authority.expires_ms - hub->wall_ms <
                            AUTHORITY_ENDS_DAYS * INT64_C(86400000))
        hub_alarm(hub, "", ALARM_AUTHORITY_ENDS,
                  "the authority for the certificates of the web pages ends on "
                  "%.10s: choose a day, type `lienxa-hub web certificate "
                  "--new-authority`, and let every browser trust the new one "
                  "(runbook: how a browser comes to trust it)",
                  clock_text(when, have.authority.expires_ms));
    else if (have.trusted)
        (void)hub_store_clear_alarms(hub->store, "", ALARM_AUTHORITY_ENDS,
                                     hub->wall_ms);
}

void hub_certificates_work(struct hub *hub)
{
    struct error err = {""};

    if (hub->mono_ms < hub->certificates_at)
        return;
    hub->certificates_at = hub->mono_ms + LOOK_MS;
    if (hub_certificates_tend(hub, &err) != 0)
        hub_alarm(
            hub, "", ALARM_NOT_MADE,
            "the certificate of the web pages could not be made (%.300s): "
            "mend that, it is tried again every hour",
            err.text);
    else
        (void)hub_store_clear_alarms(hub->store, "", ALARM_NOT_MADE,
                                     hub->wall_ms);
    warn_of_end(hub);
}

/* ---- for nodes */

static bool ends_with(const char *name, const char *end)
{
    size_t size = strlen(name), tail = strlen(end);

    return size > tail && strcmp(name + size - tail, end) == 0;
}

/* An address that means something in one building only: RFC 1918, 3927, 6598;
 * 4193, 4291. */
static bool is_private(const char *name)
{
    uint8_t a[16];
    size_t size = x509_name_address(name, a);
    static const uint8_t self[16] = {[15] = 1};

    if (size == 4)
        return a[0] == 10 || a[0] == 127 || (a[0] == 192 && a[1] == 168) ||
               (a[0] == 172 && (a[1] & 0xf0) == 16) ||
               (a[0] == 169 && a[1] == 254) ||
               (a[0] == 100 && (a[1] & 0xc0) == 64);
    return size == 16 &&
           ((a[0] & 0xfe) == 0xfc || (a[0] == 0xfe && (a[1] & 0xc0) == 0x80) ||
            memcmp(a, self, sizeof self) == 0);
}

static bool is_below(const char *name, const char *domains)
{
    char *words = mem_text(domains), *rest = words, *word;
    bool below = false;

    while (!below && (word = strsep(&rest, " ")) != NULL) {
        char tail[X509_NAME_BYTES + 1];

        (void)snprintf(tail, sizeof tail, ".%s", word);
        below = word[0] != '\0' && ends_with(name, tail);
    }
    mem_free(&words);
    return below;
}

static bool may_have(const char *name, const char *slug, const char *peer,
                     const char *domains)
{
    char own[X509_NAME_BYTES];

    if (x509_name_address(name, NULL) > 0)
        return is_private(name) || strcmp(name, peer) == 0;
    (void)snprintf(own, sizeof own, "%s.lienxa.internal", slug);
    return strcmp(name, own) == 0 || strchr(name, '.') == NULL ||
           ends_with(name, ".local") || ends_with(name, ".lan") ||
           ends_with(name, ".home.arpa") || is_below(name, domains);
}

/* What every machine calls itself is nobody's in particular. */
static bool is_everybodys(const char *name)
{
    return strcmp(name, "localhost") == 0 || strcmp(name, "::1") == 0 ||
           strncmp(name, "127.", 4) == 0;
}

void hub_certificates_filter(struct x509_names *out,
                             const struct x509_names *asked, const char *slug,
                             const char *peer, const char *domains,
                             const struct x509_names *ours)
{
    bool here = is_everybodys(peer);

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < asked->count; i++) {
        const char *name = asked->name[i];

        if (may_have(name, slug, peer, domains) &&
            (here || is_everybodys(name) || !x509_names_has(ours, name)) &&
            strcmp(name, HUB_CERTIFICATES_NAME) != 0)
            (void)x509_names_add(out, name);
    }
}

static int issue(struct hub *hub, const struct x509_names *names,
                 struct bytes request, struct hub_certificates_issued *out,
                 struct error *err)
{
    struct x509_issuer issuer;
    struct buf made = {0};
    struct authority a;
    int rc;

    if ((rc = load_authority(hub, &a, err)) == 0) {
        issuer = issuer_of(&a);
        if ((rc = x509_issue(&made, &issuer, request, names, clock_wall_ms(),
                             err)) == 0 &&
            (rc = x509_to_der(&out->certificate, buf_bytes(&made), err)) == 0)
            rc = x509_to_der(&out->authority, issuer.certificate, err);
    }
    forget(&a);
    buf_free(&made);
    return rc;
}

int hub_certificates_issue(struct hub *hub, const char *unit, const char *peer,
                           struct bytes request,
                           struct hub_certificates_issued *out,
                           struct error *err)
{
    struct x509_names asked, names, ours;
    int rc = x509_request_read(&asked, request, err);

    buf_clear(&out->certificate);
    buf_clear(&out->authority);
    if (rc != 0)
        return rc;
    own_names(hub, &ours);
    hub_certificates_filter(&names, &asked, hub_unit_name(hub, unit), peer,
                            hub_store_setting(hub->store, "web_domains"),
                            &ours);
    rc = issue(hub, &names, request, out, err);
    if (rc == 0)
        log_info("node.web_certified", "unit=%s names=%zu left_out=%zu",
                 hub_unit_name(hub, unit), names.count,
                 asked.count - names.count);
    return rc;
}

/* ---- the command */

/* Adds what is in `list` to a setting of words; each must be a name. */
static int add_words(struct hub *hub, const char *setting,
                     const struct json *list, struct error *err)
{
    struct x509_names all = {0};
    struct buf words = {0};
    char *had = mem_text(hub_store_setting(hub->store, setting));
    char *rest = had, *word;
    int rc = 0;

    while ((word = strsep(&rest, " ")) != NULL)
        (void)x509_names_add(&all, word);
    for (size_t i = 0; rc == 0 && i < json_count(list); i++) {
        const char *name = json_text(json_at(list, i));

        rc = x509_names_add(&all, name == NULL ? "" : name);
        if (rc == ERR_FULL)
            rc = error_set(err, ERR_INVALID,
                           "these are more names than one "
                           "certificate holds");
        else if (rc != 0)
            (void)error_set(err, rc,
                            "\"%s\" is not a host name or address: letters, "
                            "digits, hyphens and dots, without https://",
                            name == NULL ? "" : name);
    }
    for (size_t i = 0; i < all.count; i++)
        buf_printf(&words, "%s%s", i == 0 ? "" : " ", all.name[i]);
    if (rc == 0)
        rc = hub_store_set(hub->store, setting, buf_text(&words));
    mem_free(&had);
    buf_free(&words);
    return rc;
}

static int drop_authority(const char *folder, struct error *err)
{
    char path[PATH_BYTES];
    int rc = file_remove(path_of(path, folder, "keys/ca.key"), err);

    return rc != 0 ? rc
                   : file_remove(path_of(path, folder, "keys/ca.crt"), err);
}

int hub_certificates_run(struct hub *hub, const struct json *args,
                         struct json *out, struct error *err)
{
    int rc;

    if ((rc = add_words(hub, "web_names", json_get(args, "names"), err)) != 0 ||
        (rc = add_words(hub, "web_domains", json_get(args, "domains"), err)) !=
            0 ||
        (json_get_flag(args, "new_authority") &&
         (rc = drop_authority(hub->folder, err)) != 0) ||
        (rc = hub_certificates_tend(hub, err)) != 0)
        return rc;
    return hub_certificates_show(hub->folder, out, err);
}

static void show_one(struct json *out, const struct x509_certificate *c)
{
    char mark[X509_FINGERPRINT_TEXT_BYTES], when[CLOCK_TEXT_BYTES];

    json_set_text(out, "fingerprint",
                  x509_fingerprint_text(mark, c->fingerprint));
    json_set_text(out, "expires", clock_text(when, c->expires_ms));
}

int hub_certificates_show(const char *folder, struct json *out,
                          struct error *err)
{
    struct json *authority = json_object_new(), *names = json_array_new();
    struct web_certificate have;
    char path[PATH_BYTES];

    web_certificate_read(&have, folder);
    json_set_text(authority, "name", have.authority.subject);
    show_one(authority, &have.authority);
    json_set(out, "authority", authority);
    for (size_t i = 0; i < have.server.names.count; i++)
        json_add_text(names, have.server.names.name[i]);
    json_set(out, "names", names);
    show_one(out, &have.server);
    json_set_text(out, "file", path_of(path, folder, "web/ca.crt"));
    return have.trusted
               ? 0
               : error_set(err, ERR_MISSING,
                           "no certificate for web pages in %s/web", folder);
}
