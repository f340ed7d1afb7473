/* common/crypto/x509_make.c - keys, requests and certificates of our own. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "common/crypto/x509_inside.h"

enum {
    SERIAL_BYTES = 16,
    COMMON_NAME_LETTERS = 64, /* RFC 5280, ub-common-name */
    SKEW_MS = 3600 * 1000     /* clocks that are late */
};
static const int64_t day_ms = INT64_C(86400000);

/* ---- keys */

int x509_key_make(struct buf *pem, struct error *err)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIO *bio = BIO_new(BIO_s_mem()); /* cleared when it is freed */
    char *text = NULL;
    long size = 0;
    int rc = 0;

    if (key != NULL && bio != NULL &&
        PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1)
        size = BIO_get_mem_data(bio, &text);
    if (size > 0)
        buf_add(pem, text, (size_t)size);
    else
        rc = x509_fail(err, ERR_CRYPTO, "a key for web pages was not made");
    if (text != NULL)
        mem_wipe(text, (size_t)size);
    BIO_free(bio);
    EVP_PKEY_free(key);
    return rc;
}

/* ---- parts of a certificate */

static bool add_extension(X509 *to, X509 *issuer, int kind, const char *value)
{
    X509_EXTENSION *extension;
    X509V3_CTX context;
    bool good;

    X509V3_set_ctx(&context, issuer, to, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    good = extension != NULL && X509_add_ext(to, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

static bool set_serial(X509 *certificate)
{
    uint8_t bytes[SERIAL_BYTES];
    BIGNUM *number;
    bool good;

    random_bytes(bytes, sizeof bytes);
    bytes[0] = (uint8_t)((bytes[0] & 0x7f) | 0x40); /* positive, never short */
    number = BN_bin2bn(bytes, sizeof bytes, NULL);
    good =
        number != NULL &&
        BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return good;
}

static bool set_times(X509 *certificate, int64_t since_ms, int64_t until_ms)
{
    return ASN1_TIME_set(X509_getm_notBefore(certificate), since_ms / 1000) !=
               NULL &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), until_ms / 1000) !=
               NULL;
}

static bool set_subject(X509 *certificate, const char *name)
{
    return X509_NAME_add_entry_by_NID(
               X509_get_subject_name(certificate), NID_commonName,
               MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0) == 1;
}

/* `letters` letters of `text` at most. */
static size_t cut(const char *text, size_t letters)
{
    size_t at = 0;

    while (text[at] != '\0') {
        if (((unsigned char)text[at] & 0xc0) != 0x80 && letters-- == 0)
            break;
        at++;
    }
    return at;
}

int x509_authority_make(struct buf *pem, struct bytes key, const char *name,
                        int64_t now_ms, struct error *err)
{
    EVP_PKEY *secret = x509_parse_key(key);
    X509 *made = X509_new();
    char subject[512];
    int rc;

    (void)snprintf(subject, sizeof subject, "Lienxa %.*s CA",
                   (int)cut(name, COMMON_NAME_LETTERS - 10), name);
    if (secret == NULL || X509_set_version(made, X509_VERSION_3) != 1 ||
        !set_serial(made) ||
        !set_times(made, now_ms - SKEW_MS,
                   now_ms + X509_AUTHORITY_DAYS * day_ms) ||
        !set_subject(made, subject) ||
        X509_set_issuer_name(made, X509_get_subject_name(made)) != 1 ||
        X509_set_pubkey(made, secret) != 1 ||
        !add_extension(made, made, NID_basic_constraints,
                       "critical,CA:TRUE,pathlen:0") ||
        !add_extension(made, made, NID_key_usage,
                       "critical,keyCertSign,cRLSign") ||
        !add_extension(made, made, NID_subject_key_identifier, "hash") ||
        X509_sign(made, secret, EVP_sha256()) <= 0)
        rc = x509_fail(err, ERR_CRYPTO,
                       "the certificate of the hub's authority was not made");
    else
        rc = x509_pem_add(pem, made, err);
    X509_free(made);
    EVP_PKEY_free(secret);
    return rc;
}

/* ---- requests */

static bool write_request(X509_REQ *request, EVP_PKEY *key,
                          const struct x509_names *names)
{
    STACK_OF(X509_EXTENSION) *extensions = NULL;
    GENERAL_NAMES *all = x509_general_names(names);
    bool good = all != NULL &&
                X509V3_add1_i2d(&extensions, NID_subject_alt_name, all, 0,
                                X509V3_ADD_DEFAULT) == 1 &&
                X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1 &&
                X509_REQ_set_pubkey(request, key) == 1 &&
                X509_REQ_add_extensions(request, extensions) == 1 &&
                X509_REQ_sign(request, key, EVP_sha256()) > 0;

    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    GENERAL_NAMES_free(all);
    return good;
}

int x509_request_make(struct buf *der, struct bytes key,
                      const struct x509_names *names, struct error *err)
{
    EVP_PKEY *secret = x509_parse_key(key);
    X509_REQ *request = X509_REQ_new();
    uint8_t *made = NULL;
    int size = 0, rc = 0;

    if (secret != NULL && write_request(request, secret, names))
        size = i2d_X509_REQ(request, &made);
    if (size <= 0 || size > X509_REQUEST_LIMIT)
        rc = x509_fail(err, ERR_CRYPTO,
                       "a request for a certificate was not made");
    else
        buf_add(der, made, (size_t)size);
    OPENSSL_free(made);
    X509_REQ_free(request);
    EVP_PKEY_free(secret);
    return rc;
}

/* ---- servers' certificates */

struct order {
    X509 *issuer; /* NULL: itself */
    EVP_PKEY *issuer_key, *key;
    const struct x509_names *names;
    int64_t since_ms, until_ms;
};

static bool write_server(X509 *made, const struct order *o)
{
    X509 *issuer = o->issuer != NULL ? o->issuer : made;
    GENERAL_NAMES *all = x509_general_names(o->names);
    bool good =
        all != NULL && X509_set_version(made, X509_VERSION_3) == 1 &&
        set_serial(made) && set_times(made, o->since_ms, o->until_ms) &&
        set_subject(made, o->names->name[0]) &&
        X509_set_issuer_name(made, X509_get_subject_name(issuer)) == 1 &&
        X509_set_pubkey(made, o->key) == 1 &&
        add_extension(made, issuer, NID_basic_constraints,
                      "critical,CA:FALSE") &&
        add_extension(made, issuer, NID_key_usage,
                      "critical,digitalSignature") &&
        add_extension(made, issuer, NID_ext_key_usage, "serverAuth") &&
        add_extension(made, issuer, NID_subject_key_identifier, "hash") &&
        add_extension(made, issuer, NID_authority_key_identifier, "keyid") &&
        X509_add1_ext_i2d(made, NID_subject_alt_name, all, 0,
                          X509V3_ADD_DEFAULT) == 1 &&
        X509_sign(made, o->issuer_key, EVP_sha256()) > 0;

    GENERAL_NAMES_free(all);
    return good;
}

static int make_server(struct buf *pem, const struct order *o,
                       struct error *err)
{
    X509 *made = X509_new();
    int rc;

    if (o->names->count == 0)
        rc = x509_fail(err, ERR_REFUSED, "a certificate needs a name");
    else if (o->key == NULL || o->issuer_key == NULL || !write_server(made, o))
        rc = x509_fail(err, ERR_CRYPTO, "a certificate was not made");
    else
        rc = x509_pem_add(pem, made, err);
    X509_free(made);
    return rc;
}

static int64_t not_after(int64_t now_ms, int64_t most_ms)
{
    int64_t until = now_ms - SKEW_MS + X509_SERVER_DAYS * day_ms;

    return until < most_ms ? until : most_ms;
}

int x509_issue(struct buf *pem, const struct x509_issuer *issuer,
               struct bytes request, const struct x509_names *names,
               int64_t now_ms, struct error *err)
{
    struct order o = {.names = names, .since_ms = now_ms - SKEW_MS};
    struct x509_certificate authority;
    X509_REQ *asked;
    int rc;

    if ((rc = x509_read(&authority, issuer->certificate, err)) != 0)
        return rc;
    if (!authority.authority ||
        !x509_is_of_key(issuer->certificate, issuer->key))
        return x509_fail(err, ERR_REFUSED,
                         "the authority's key is not its certificate's");
    if ((asked = x509_parse_request(request, err)) == NULL)
        return ERR_INVALID;
    o.until_ms = not_after(now_ms, authority.expires_ms);
    o.issuer = x509_parse(issuer->certificate);
    o.issuer_key = x509_parse_key(issuer->key);
    o.key = X509_REQ_get_pubkey(asked);
    rc = make_server(pem, &o, err);
    EVP_PKEY_free(o.key);
    EVP_PKEY_free(o.issuer_key);
    X509_free(o.issuer);
    X509_REQ_free(asked);
    return rc;
}

int x509_self_signed(struct buf *pem, struct bytes key,
                     const struct x509_names *names, int64_t now_ms,
                     struct error *err)
{
    EVP_PKEY *secret = x509_parse_key(key);
    struct order o = {.issuer_key = secret,
                      .key = secret,
                      .names = names,
                      .since_ms = now_ms - SKEW_MS,
                      .until_ms = not_after(now_ms, INT64_MAX)};
    int rc = make_server(pem, &o, err);

    EVP_PKEY_free(secret);
    return rc;
}
