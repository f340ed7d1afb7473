/* common/crypto/x509.c - names, and reading what others made. */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "common/crypto/x509_inside.h"

/* A SubjectPublicKeyInfo of an uncompressed point of P-256, up to the point:
 * whatever else a request may hold is refused before any arithmetic. */
static const uint8_t p256_prefix[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a,
                                      0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
                                      0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
                                      0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
enum { P256_BYTES = sizeof p256_prefix + 64 };

int x509_fail(struct error *err, int code, const char *what)
{
    ERR_clear_error();
    return error_set(err, code, "%s", what);
}

/* ---- names */

size_t x509_name_address(const char *name, uint8_t out[16])
{
    uint8_t bytes[16];
    size_t size = inet_pton(AF_INET, name, bytes) == 1    ? 4
                  : inet_pton(AF_INET6, name, bytes) == 1 ? 16
                                                          : 0;

    if (out != NULL)
        memcpy(out, bytes, size);
    return size;
}

/* Labels of letters, digits and hyphens; not all digits at the end, which is a
 * mistyped address. In lower case into `out`. */
static bool read_host(char out[X509_NAME_BYTES], const char *name)
{
    size_t size = strlen(name), label = 0;
    bool letter = false;

    if (size == 0 || size >= X509_NAME_BYTES)
        return false;
    for (size_t i = 0; i <= size; i++) {
        char c = name[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        out[i] = c;
        if (c == '.' || c == '\0') {
            if (label == 0 || label > 63 || out[i - 1] == '-' ||
                (c == '\0' && !letter))
                return false;
            label = 0;
            letter = false;
            continue;
        }
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
            (c != '-' || label == 0))
            return false;
        letter = letter || (c >= 'a' && c <= 'z');
        label++;
    }
    return true;
}

static bool read_name(char out[X509_NAME_BYTES], const char *name)
{
    uint8_t bytes[16];
    size_t size = x509_name_address(name, bytes);

    if (size == 0)
        return read_host(out, name);
    return inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes, out,
                     X509_NAME_BYTES) != NULL;
}

bool x509_names_has(const struct x509_names *names, const char *name)
{
    char form[X509_NAME_BYTES];

    if (!read_name(form, name))
        return false;
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->name[i], form) == 0)
            return true;
    return false;
}

/* What they take in a request, each with its tag and length. */
static size_t bytes_of_names(const struct x509_names *names)
{
    size_t sum = 0;

    for (size_t i = 0; i < names->count; i++)
        sum += strlen(names->name[i]) + 2;
    return sum;
}

int x509_names_add(struct x509_names *names, const char *name)
{
    char form[X509_NAME_BYTES];

    if (!read_name(form, name))
        return ERR_INVALID;
    if (x509_names_has(names, form))
        return 0;
    if (names->count == X509_NAMES_LIMIT ||
        bytes_of_names(names) + strlen(form) + 2 > X509_NAMES_BYTES)
        return ERR_FULL;
    memcpy(names->name[names->count++], form, sizeof form);
    return 0;
}

bool x509_names_cover(const struct x509_names *names,
                      const struct x509_names *wanted)
{
    for (size_t i = 0; i < wanted->count; i++)
        if (!x509_names_has(names, wanted->name[i]))
            return false;
    return true;
}

/* One name of a certificate or request as text; false: of no kind we take. */
static bool general_text(char out[X509_NAME_BYTES], const GENERAL_NAME *name)
{
    const ASN1_STRING *value;
    const uint8_t *data;
    int kind, size;

    value = GENERAL_NAME_get0_value(name, &kind);
    if (kind != GEN_DNS && kind != GEN_IPADD)
        return false;
    data = ASN1_STRING_get0_data(value);
    size = ASN1_STRING_length(value);
    if (kind == GEN_IPADD)
        return (size == 4 || size == 16) &&
               inet_ntop(size == 4 ? AF_INET : AF_INET6, data, out,
                         X509_NAME_BYTES) != NULL;
    if (size <= 0 || size >= X509_NAME_BYTES ||
        memchr(data, 0, (size_t)size) != NULL)
        return false;
    memcpy(out, data, (size_t)size);
    out[size] = '\0';
    return x509_name_address(out, NULL) == 0;
}

int x509_names_read(struct x509_names *out, const GENERAL_NAMES *from)
{
    char text[X509_NAME_BYTES];

    for (int i = 0; i < sk_GENERAL_NAME_num(from); i++)
        if (general_text(text, sk_GENERAL_NAME_value(from, i)) &&
            x509_names_add(out, text) == ERR_FULL)
            return ERR_FULL;
    return 0;
}

static bool push_name(GENERAL_NAMES *to, const char *text)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *value = ASN1_STRING_type_new(V_ASN1_IA5STRING);
    uint8_t address[16];
    size_t size = x509_name_address(text, address);
    int good;

    if (size > 0) {
        ASN1_STRING_free(value);
        value = ASN1_STRING_type_new(V_ASN1_OCTET_STRING);
        good = ASN1_STRING_set(value, address, (int)size);
    } else {
        good = ASN1_STRING_set(value, text, -1);
    }
    GENERAL_NAME_set0_value(name, size > 0 ? GEN_IPADD : GEN_DNS, value);
    if (good == 1 && sk_GENERAL_NAME_push(to, name) > 0)
        return true;
    GENERAL_NAME_free(name);
    return false;
}

GENERAL_NAMES *x509_general_names(const struct x509_names *names)
{
    GENERAL_NAMES *all = GENERAL_NAMES_new();

    for (size_t i = 0; i < names->count; i++)
        if (!push_name(all, names->name[i])) {
            GENERAL_NAMES_free(all);
            return NULL;
        }
    return all;
}

/* ---- reading */

static bool is_pem(struct bytes bytes)
{
    return bytes.size > 5 && memcmp(bytes.data, "-----", 5) == 0;
}

static BIO *reader_of(struct bytes bytes)
{
    return bytes.size <= X509_FILE_LIMIT
               ? BIO_new_mem_buf(bytes.data, (int)bytes.size)
               : NULL;
}

X509 *x509_parse(struct bytes certificate)
{
    const uint8_t *at = certificate.data;
    X509 *out = NULL;

    if (certificate.size == 0 || certificate.size > X509_FILE_LIMIT)
        return NULL;
    if (is_pem(certificate)) {
        BIO *bio = reader_of(certificate);

        out = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        BIO_free(bio);
    } else {
        out = d2i_X509(NULL, &at, (long)certificate.size);
        if (out != NULL && at != certificate.data + certificate.size) {
            X509_free(out);
            out = NULL;
        }
    }
    ERR_clear_error();
    return out;
}

/* Never asks for one at a terminal. */
static int no_password(char *out, int size, int writing, void *who)
{
    (void)out;
    (void)size;
    (void)writing;
    (void)who;
    return -1;
}

EVP_PKEY *x509_parse_key(struct bytes pem)
{
    BIO *bio = reader_of(pem);
    EVP_PKEY *key = bio == NULL
                        ? NULL
                        : PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);

    BIO_free(bio);
    ERR_clear_error();
    return key;
}

static bool has_p256_key(X509_REQ *request)
{
    const X509_PUBKEY *key = X509_REQ_get_X509_PUBKEY(request);
    uint8_t *der = NULL;
    int size = i2d_X509_PUBKEY(key, &der);
    bool good =
        size == P256_BYTES && memcmp(der, p256_prefix, sizeof p256_prefix) == 0;

    OPENSSL_free(der);
    return good;
}

/* Of a P-256 key, by which it is signed. */
static bool is_proved(X509_REQ *request)
{
    EVP_PKEY *key;

    if (!has_p256_key(request) ||
        X509_REQ_get_signature_nid(request) != NID_ecdsa_with_SHA256)
        return false;
    key = X509_REQ_get0_pubkey(request);
    return key != NULL && X509_REQ_verify(request, key) == 1;
}

X509_REQ *x509_parse_request(struct bytes request, struct error *err)
{
    const uint8_t *at = request.data;
    X509_REQ *out = NULL;

    if (request.size > 0 && request.size <= X509_REQUEST_LIMIT)
        out = d2i_X509_REQ(NULL, &at, (long)request.size);
    if (out == NULL || at != request.data + request.size) {
        (void)x509_fail(err, ERR_INVALID,
                        "a request for a certificate is malformed or too "
                        "large");
    } else if (!is_proved(out)) {
        (void)x509_fail(err, ERR_INVALID,
                        "a request for a certificate is not signed by a P-256 "
                        "key of its own");
    } else {
        return out;
    }
    X509_REQ_free(out);
    return NULL;
}

int x509_request_read(struct x509_names *out, struct bytes request,
                      struct error *err)
{
    X509_REQ *parsed = x509_parse_request(request, err);
    STACK_OF(X509_EXTENSION) * extensions;
    GENERAL_NAMES *names;
    int rc = 0;

    memset(out, 0, sizeof *out);
    if (parsed == NULL)
        return ERR_INVALID;
    extensions = X509_REQ_get_extensions(parsed);
    names = X509V3_get_d2i(extensions, NID_subject_alt_name, NULL, NULL);
    if (names != NULL && x509_names_read(out, names) != 0)
        rc = x509_fail(err, ERR_FULL,
                       "a request for a certificate has too many names");
    GENERAL_NAMES_free(names);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    X509_REQ_free(parsed);
    ERR_clear_error();
    return rc;
}

static bool time_ms(int64_t *out, const ASN1_TIME *time)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;
    bool good =
        epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1;

    *out = ((int64_t)days * 86400 + seconds) * 1000;
    ASN1_TIME_free(epoch);
    return good;
}

int x509_read(struct x509_certificate *out, struct bytes certificate,
              struct error *err)
{
    X509 *parsed = x509_parse(certificate);
    GENERAL_NAMES *names;
    unsigned size = 0;
    int rc = 0;

    memset(out, 0, sizeof *out);
    if (parsed == NULL)
        return x509_fail(err, ERR_INVALID, "that is no certificate");
    names = X509_get_ext_d2i(parsed, NID_subject_alt_name, NULL, NULL);
    if ((names != NULL && x509_names_read(&out->names, names) != 0) ||
        !time_ms(&out->since_ms, X509_get0_notBefore(parsed)) ||
        !time_ms(&out->expires_ms, X509_get0_notAfter(parsed)) ||
        X509_digest(parsed, EVP_sha256(), out->fingerprint, &size) != 1)
        rc = x509_fail(err, ERR_INVALID, "that certificate makes no sense");
    (void)X509_NAME_get_text_by_NID(X509_get_subject_name(parsed),
                                    NID_commonName, out->subject,
                                    sizeof out->subject);
    out->authority = X509_check_ca(parsed) == 1;
    GENERAL_NAMES_free(names);
    X509_free(parsed);
    ERR_clear_error();
    return rc;
}

bool x509_is_of_key(struct bytes certificate, struct bytes key)
{
    X509 *parsed = x509_parse(certificate);
    EVP_PKEY *secret = x509_parse_key(key);
    bool yes = parsed != NULL && secret != NULL &&
               X509_check_private_key(parsed, secret) == 1;

    X509_free(parsed);
    EVP_PKEY_free(secret);
    ERR_clear_error();
    return yes;
}

bool x509_is_issued_by(struct bytes certificate, struct bytes authority)
{
    X509 *child = x509_parse(certificate), *parent = x509_parse(authority);
    bool yes = child != NULL && parent != NULL && X509_check_ca(parent) == 1 &&
               X509_check_issued(parent, child) == X509_V_OK &&
               X509_verify(child, X509_get0_pubkey(parent)) == 1;

    X509_free(child);
    X509_free(parent);
    ERR_clear_error();
    return yes;
}

/* ---- the other form */

int x509_pem_add(struct buf *pem, X509 *certificate, struct error *err)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    long size = 0;
    int rc = 0;

    if (bio != NULL && PEM_write_bio_X509(bio, certificate) == 1)
        size = BIO_get_mem_data(bio, &text);
    if (size > 0)
        buf_add(pem, text, (size_t)size);
    else
        rc = x509_fail(err, ERR_CRYPTO, "a certificate could not be written");
    BIO_free(bio);
    return rc;
}

int x509_to_pem(struct buf *pem, struct bytes der, struct error *err)
{
    X509 *parsed = x509_parse(der);
    int rc = parsed == NULL
                 ? x509_fail(err, ERR_INVALID, "that is no certificate")
                 : x509_pem_add(pem, parsed, err);

    X509_free(parsed);
    return rc;
}

int x509_to_der(struct buf *der, struct bytes pem, struct error *err)
{
    X509 *parsed = x509_parse(pem);
    uint8_t *made = NULL;
    int size = parsed == NULL ? 0 : i2d_X509(parsed, &made);

    X509_free(parsed);
    if (size <= 0)
        return x509_fail(err, ERR_INVALID, "that is no certificate");
    buf_add(der, made, (size_t)size);
    OPENSSL_free(made);
    return 0;
}

const char *x509_fingerprint_text(char out[X509_FINGERPRINT_TEXT_BYTES],
                                  const uint8_t fingerprint[32])
{
    for (size_t i = 0; i < X509_FINGERPRINT_BYTES; i++)
        (void)snprintf(out + 3 * i, 4 - (i == X509_FINGERPRINT_BYTES - 1),
                       i + 1 < X509_FINGERPRINT_BYTES ? "%02X:" : "%02X",
                       (unsigned)fingerprint[i]);
    return out;
}
