/* common/crypto/web_certificate.c - see web_certificate.h. */
#include "common/crypto/web_certificate.h"

#include <stdio.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/host.h"
#include "common/base/mem.h"

enum { PATH_BYTES = 4200 };

static const char *path_of(char out[PATH_BYTES], const char *folder,
                           const char *name)
{
    (void)snprintf(out, PATH_BYTES, "%s/web/%s", folder, name);
    return out;
}

/* Appends a file of DATA/web. */
static int load(struct buf *out, const char *folder, const char *name,
                struct error *err)
{
    char path[PATH_BYTES];

    return file_read(out, path_of(path, folder, name), X509_FILE_LIMIT, err);
}

static void wipe(struct buf *key)
{
    if (key->size > 0)
        mem_wipe(key->data, key->size);
    buf_free(key);
}

/* ---- the key */

int web_certificate_prepare(const char *folder, struct error *err)
{
    char path[PATH_BYTES];
    struct buf key = {0};
    int rc;

    (void)snprintf(path, sizeof path, "%s/web", folder);
    if ((rc = file_make_folder(path, err)) != 0 ||
        file_exists(path_of(path, folder, "tls.key")))
        return rc;
    if ((rc = x509_key_make(&key, err)) == 0)
        rc = file_write(path, buf_bytes(&key), 0600, err);
    wipe(&key);
    return rc;
}

/* ---- what is there */

void web_certificate_read(struct web_certificate *out, const char *folder)
{
    struct buf key = {0}, server = {0}, authority = {0};

    memset(out, 0, sizeof *out);
    out->good = load(&key, folder, "tls.key", NULL) == 0 &&
                load(&server, folder, "tls.crt", NULL) == 0 &&
                x509_read(&out->server, buf_bytes(&server), NULL) == 0 &&
                x509_is_of_key(buf_bytes(&server), buf_bytes(&key));
    out->trusted =
        out->good && load(&authority, folder, "ca.crt", NULL) == 0 &&
        x509_read(&out->authority, buf_bytes(&authority), NULL) == 0 &&
        x509_is_issued_by(buf_bytes(&server), buf_bytes(&authority));
    wipe(&key);
    buf_free(&server);
    buf_free(&authority);
}

bool web_certificate_is_due(const struct web_certificate *c,
                            const struct x509_names *names, int64_t now_ms)
{
    return !c->trusted ||
           c->server.expires_ms - now_ms < WEB_CERTIFICATE_RENEW_MS ||
           !x509_names_cover(&c->server.names, names);
}

/* ---- names */

static void add_name(void *who, const char *name)
{
    (void)x509_names_add(who, name);
}

void web_certificate_names(struct x509_names *out, const char *own,
                           const char *more)
{
    char *words = mem_text(more), *rest = words, *word;

    memset(out, 0, sizeof *out);
    add_name(out, "localhost");
    add_name(out, "127.0.0.1");
    add_name(out, "::1");
    add_name(out, own);
    while ((word = strsep(&rest, " ")) != NULL)
        add_name(out, word);
    mem_free(&words);
    host_names(add_name, out);
}

/* ---- asking for one */

int web_certificate_request(struct buf *der, const char *folder,
                            const struct x509_names *names, struct error *err)
{
    struct buf key = {0};
    int rc = load(&key, folder, "tls.key", err);

    if (rc == 0)
        rc = x509_request_make(der, buf_bytes(&key), names, err);
    wipe(&key);
    return rc;
}

void web_certificate_requested(struct x509_names *out, const char *folder)
{
    struct buf request = {0};

    memset(out, 0, sizeof *out);
    if (load(&request, folder, "tls.csr", NULL) == 0 &&
        x509_request_read(out, buf_bytes(&request), NULL) != 0)
        memset(out, 0, sizeof *out);
    buf_free(&request);
}

/* ---- putting one in place */

static int check(const char *folder, struct bytes certificate,
                 struct bytes authority, int64_t now_ms, struct error *err)
{
    struct x509_certificate server;
    struct buf key = {0};
    int rc = load(&key, folder, "tls.key", err);

    if (rc == 0 && !x509_is_of_key(certificate, buf_bytes(&key)))
        rc = error_set(err, ERR_DAMAGED,
                       "the certificate for the web pages is of another key");
    if (rc == 0 && (!x509_is_issued_by(certificate, authority) ||
                    x509_read(&server, certificate, err) != 0 ||
                    server.expires_ms <= now_ms))
        rc = error_set(err, ERR_DAMAGED,
                       "the certificate for the web pages is not of the "
                       "authority it came with, or it is over");
    wipe(&key);
    return rc;
}

/* The request last: what a crash leaves half done is asked for again. */
int web_certificate_put(const char *folder,
                        const struct web_certificate_issued *issued,
                        int64_t now_ms, struct error *err)
{
    const struct {
        const char *name;
        struct bytes bytes;
    } files[] = {{"ca.crt", issued->authority},
                 {"tls.crt", issued->certificate},
                 {"tls.csr", issued->request}};
    char path[PATH_BYTES];
    int rc = check(folder, issued->certificate, issued->authority, now_ms, err);

    for (size_t i = 0; rc == 0 && i < sizeof files / sizeof *files; i++)
        rc = file_write(path_of(path, folder, files[i].name), files[i].bytes,
                        0644, err);
    return rc;
}

int web_certificate_make_own(const char *folder, const struct x509_names *names,
                             int64_t now_ms, struct error *err)
{
    struct buf key = {0}, made = {0};
    char path[PATH_BYTES];
    int rc;

    if ((rc = load(&key, folder, "tls.key", err)) == 0 &&
        (rc = x509_self_signed(&made, buf_bytes(&key), names, now_ms, err)) ==
            0 &&
        (rc = file_remove(path_of(path, folder, "ca.crt"), err)) == 0)
        rc = file_write(path_of(path, folder, "tls.crt"), buf_bytes(&made),
                        0644, err);
    wipe(&key);
    buf_free(&made);
    return rc;
}
