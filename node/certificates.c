/* node/certificates.c - see certificates.h. */
#include "node/certificates.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/web_certificate.h"

enum {
    PATH_BYTES = 4200,
    LOOK_MS = 3600 * 1000,
    SETTLE_MS = 2000,           /* reading one is an eighth of a start's work */
    FIRST_PAUSE_MS = 60 * 1000, /* nobody answered; doubled each time .. */
    LONGEST_PAUSE_MS = 3600 * 1000,
    REFUSED_MS = 6 * 3600 * 1000, /* a hub that is too old, or says no */
    PRESSING_DAYS = 30,           /* before its end somebody must look */
    ALARM_NOT_CERTIFIED = 200
};

struct certificates {
    struct node *node;
    bool shown;   /* there are pages */
    bool can_ask; /* an address and a certificate to show */
    bool again;   /* the names have changed: look now */
    int64_t look_at, ask_at, pause_ms;
    struct buf request; /* DER */
};

static void own_name(char out[X509_NAME_BYTES], const char *slug)
{
    (void)snprintf(out, X509_NAME_BYTES, "%s.lienxa.internal", slug);
}

/* ---- in any folder */

int node_certificates_request(const char *folder, const char *slug,
                              const char *more, struct buf *der,
                              struct error *err)
{
    struct x509_names names;
    char own[X509_NAME_BYTES];
    int rc = web_certificate_prepare(folder, err);

    own_name(own, slug);
    web_certificate_names(&names, own, more);
    return rc != 0 ? rc : web_certificate_request(der, folder, &names, err);
}

int node_certificates_take(const char *folder, struct bytes request,
                           const struct msg_enrolled *answer, struct error *err)
{
    struct buf certificate = {0}, authority = {0};
    int rc;

    if (answer->tls_certificate.size == 0 || answer->tls_authority.size == 0)
        return error_set(err, ERR_MISSING,
                         "the hub gave no certificate for the web pages");
    if ((rc = x509_to_pem(&certificate, answer->tls_certificate, err)) == 0 &&
        (rc = x509_to_pem(&authority, answer->tls_authority, err)) == 0)
        rc = web_certificate_put(
            folder,
            &(struct web_certificate_issued){request, buf_bytes(&certificate),
                                             buf_bytes(&authority)},
            clock_wall_ms(), err);
    buf_free(&certificate);
    buf_free(&authority);
    return rc;
}

/* ---- of a serving node */

static void names_of(const struct certificates *c, struct x509_names *out)
{
    char own[X509_NAME_BYTES];

    own_name(own, c->node->keys.unit_slug);
    web_certificate_names(out, own,
                          node_store_setting(c->node->store, "web_names"));
}

/* The hub may have left out names that were asked for: what counts is what was
 * asked. */
static bool is_due(const struct certificates *c,
                   const struct web_certificate *have,
                   const struct x509_names *names)
{
    static const struct x509_names none;
    struct x509_names asked;

    web_certificate_requested(&asked, c->node->folder);
    return web_certificate_is_due(have, &none, clock_wall_ms()) ||
           !x509_names_cover(&asked, names);
}

/* What is there; while that is nothing better, one by our own key. */
static int see_to_it(struct certificates *c, struct web_certificate *have,
                     struct error *err)
{
    struct x509_names names;
    int rc;

    web_certificate_read(have, c->node->folder);
    names_of(c, &names);
    if (have->trusted && have->server.expires_ms > clock_wall_ms())
        return 0;
    if (have->good && !have->trusted &&
        x509_names_cover(&have->server.names, &names) &&
        have->server.expires_ms - clock_wall_ms() > WEB_CERTIFICATE_RENEW_MS)
        return 0;
    rc =
        web_certificate_make_own(c->node->folder, &names, clock_wall_ms(), err);
    if (rc == 0)
        web_certificate_read(have, c->node->folder);
    return rc;
}

static bool can_ask(const struct node *node)
{
    char path[PATH_BYTES];

    (void)snprintf(path, sizeof path, "%s/keys/certificate", node->folder);
    return node_store_setting(node->store, "enrol")[0] != '\0' &&
           file_exists(path);
}

int node_certificates_open(struct certificates **out, struct node *node,
                           bool shown, struct error *err)
{
    struct certificates *c = mem_new(sizeof *c);
    struct web_certificate have = {0};
    int rc;

    c->node = node;
    c->shown = shown;
    c->can_ask = can_ask(node);
    c->ask_at = INT64_MAX;
    c->pause_ms = FIRST_PAUSE_MS;
    if ((rc = web_certificate_prepare(node->folder, err)) == 0)
        rc = see_to_it(c, &have, err);
    if (have.trusted)
        c->look_at = clock_mono_ms() + SETTLE_MS;
    *out = c; /* also when it failed: it is tried again */
    return rc;
}

void node_certificates_free(struct certificates **certificates)
{
    if (*certificates == NULL)
        return;
    buf_free(&(*certificates)->request);
    mem_free(certificates);
}

/* Why browsers warn, or soon will, and what to do. */
static void complain(struct certificates *c)
{
    struct web_certificate have;
    char mark[X509_FINGERPRINT_TEXT_BYTES];

    web_certificate_read(&have, c->node->folder);
    if (!c->shown || !have.good ||
        (have.trusted && have.server.expires_ms - c->node->wall_ms >
                             PRESSING_DAYS * INT64_C(86400000)))
        return;
    node_alarm(c->node, ALARM_NOT_CERTIFIED,
               "the district's hub has not certified this machine's web pages%s"
               ": browsers warn of them. Go on only when the browser shows the "
               "SHA-256 fingerprint %s. %s",
               have.trusted ? " anew, and the certificate ends soon" : "",
               x509_fingerprint_text(mark, have.server.fingerprint),
               c->can_ask
                   ? "The hub is asked again by itself; when this lasts for "
                     "more than a day, ask the district whether its hub is of "
                     "version 1.2, and for a new token (`lienxa-node join "
                     "TOKEN`, nothing is lost)"
                   : "This machine joined before there were such certificates: "
                     "ask the district for a new token, stop the node and type "
                     "`lienxa-node join TOKEN`; nothing is lost");
}

static void look(struct certificates *c)
{
    struct web_certificate have;
    struct x509_names names;
    struct error err = {""};

    if (see_to_it(c, &have, &err) != 0)
        log_error("web.uncertified", "reason=\"%s\"", err.text);
    names_of(c, &names);
    if (!is_due(c, &have, &names)) {
        c->ask_at = INT64_MAX;
        (void)node_store_clear_alarms(c->node->store, ALARM_NOT_CERTIFIED,
                                      c->node->wall_ms);
    } else if (!c->can_ask) {
        complain(c);
    } else if (c->ask_at == INT64_MAX || c->again) {
        c->ask_at = c->node->mono_ms;
    }
    c->again = false;
}

void node_certificates_work(struct certificates *c)
{
    if (c == NULL || c->node->mono_ms < c->look_at)
        return;
    c->look_at = c->node->mono_ms + LOOK_MS;
    look(c);
}

int64_t node_certificates_deadline(const struct certificates *c)
{
    return c == NULL ? INT64_MAX : c->look_at;
}

int64_t node_certificates_ask_at(const struct certificates *c)
{
    return c == NULL ? INT64_MAX : c->ask_at;
}

struct bytes node_certificates_question(struct certificates *c)
{
    struct error err = {""};

    if (c == NULL || c->ask_at == INT64_MAX)
        return bytes_of(NULL, 0);
    buf_clear(&c->request);
    if (node_certificates_request(
            c->node->folder, c->node->keys.unit_slug,
            node_store_setting(c->node->store, "web_names"), &c->request,
            &err) != 0)
        log_error("web.unasked", "reason=\"%s\"", err.text);
    return buf_bytes(&c->request);
}

static void ask_later(struct certificates *c, int64_t pause_ms)
{
    c->ask_at = c->node->mono_ms + pause_ms;
    complain(c);
}

void node_certificates_answer(struct certificates *c,
                              const struct msg_enrolled *answer)
{
    struct error err = {"the hub refuses"};

    if (c == NULL || c->ask_at == INT64_MAX)
        return;
    if (answer == NULL ||
        node_certificates_take(c->node->folder, buf_bytes(&c->request), answer,
                               &err) != 0) {
        log_warn("web.uncertified", "reason=\"%s\"", err.text);
        ask_later(c, REFUSED_MS);
        return;
    }
    log_info("web.certified", "hub=%s", c->node->keys.hub);
    c->pause_ms = FIRST_PAUSE_MS;
    look(c);
}

void node_certificates_unanswered(struct certificates *c)
{
    if (c == NULL || c->ask_at == INT64_MAX)
        return;
    ask_later(c, c->pause_ms);
    c->pause_ms =
        2 * c->pause_ms < LONGEST_PAUSE_MS ? 2 * c->pause_ms : LONGEST_PAUSE_MS;
}

/* ---- the command */

static int add_names(struct node *node, const struct json *list,
                     struct error *err)
{
    struct x509_names all = {0};
    struct buf words = {0};
    char *had = mem_text(node_store_setting(node->store, "web_names"));
    char *rest = had, *word;
    int rc = 0;

    while ((word = strsep(&rest, " ")) != NULL)
        (void)x509_names_add(&all, word);
    for (size_t i = 0; rc == 0 && i < json_count(list); i++) {
        const char *name = json_text(json_at(list, i));

        if ((rc = x509_names_add(&all, name == NULL ? "" : name)) != 0)
            rc = error_set(err, ERR_INVALID,
                           "\"%s\" cannot be a name of these pages: letters, "
                           "digits, hyphens and dots, without https://, and "
                           "not too many of them",
                           name == NULL ? "" : name);
    }
    for (size_t i = 0; i < all.count; i++)
        buf_printf(&words, "%s%s", i == 0 ? "" : " ", all.name[i]);
    if (rc == 0)
        rc = node_store_set(node->store, "web_names", buf_text(&words));
    mem_free(&had);
    buf_free(&words);
    return rc;
}

int node_certificates_run(struct node *node, const struct json *args,
                          struct json *out, struct error *err)
{
    struct certificates *c = node->certificates, *own = NULL;
    int rc = add_names(node, json_get(args, "names"), err);

    if (rc == 0 && c == NULL)
        rc = node_certificates_open(&own, node, false, err);
    if (rc == 0 && c != NULL) {
        c->again = true;
        c->look_at = 0;
    }
    node_certificates_free(&own);
    return rc != 0 ? rc : node_certificates_show(node->folder, out, err);
}

static void show_one(struct json *out, const struct x509_certificate *c)
{
    char mark[X509_FINGERPRINT_TEXT_BYTES], when[CLOCK_TEXT_BYTES];

    json_set_text(out, "fingerprint",
                  x509_fingerprint_text(mark, c->fingerprint));
    json_set_text(out, "expires", clock_text(when, c->expires_ms));
}

int node_certificates_show(const char *folder, struct json *out,
                           struct error *err)
{
    struct json *authority, *names = json_array_new();
    struct web_certificate have;

    web_certificate_read(&have, folder);
    json_set_flag(out, "trusted", have.trusted);
    json_set_null(out, "authority");
    if (have.trusted) {
        authority = json_object_new();
        json_set_text(authority, "name", have.authority.subject);
        show_one(authority, &have.authority);
        json_set(out, "authority", authority);
    }
    for (size_t i = 0; i < have.server.names.count; i++)
        json_add_text(names, have.server.names.name[i]);
    json_set(out, "names", names);
    show_one(out, &have.server);
    return have.good
               ? 0
               : error_set(err, ERR_MISSING,
                           "no certificate for web pages in %s/web", folder);
}
