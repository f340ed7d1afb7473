/* tests/unit/test_crypto_x509.c - for common/crypto/x509.c and x509_make.c. The
 * openssl command is the second opinion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "common/crypto/x509.h"

static const int64_t now_ms = INT64_C(1795000000000); /* 2026-11-18 */
static const int64_t day_ms = INT64_C(86400000);

struct authority {
    struct buf key, certificate;
};

static int make_authority(void **state)
{
    static struct authority a;

    crypto_open();
    assert_int_equal(x509_key_make(&a.key, NULL), 0);
    assert_int_equal(x509_authority_make(&a.certificate, buf_bytes(&a.key),
                                         "Quảng Điền", now_ms, NULL),
                     0);
    *state = &a;
    return 0;
}

static int free_authority(void **state)
{
    struct authority *a = *state;

    buf_free(&a->key);
    buf_free(&a->certificate);
    return 0;
}

static struct x509_names names_of(const char *a, const char *b, const char *c)
{
    struct x509_names names = {0};

    assert_int_equal(x509_names_add(&names, a), 0);
    assert_int_equal(x509_names_add(&names, b), 0);
    assert_int_equal(x509_names_add(&names, c), 0);
    return names;
}

static struct buf new_key(void)
{
    struct buf key = {0};

    assert_int_equal(x509_key_make(&key, NULL), 0);
    return key;
}

static struct buf request_of(const struct buf *key,
                             const struct x509_names *names)
{
    struct buf request = {0};

    assert_int_equal(x509_request_make(&request, buf_bytes(key), names, NULL),
                     0);
    return request;
}

static struct x509_issuer issuer_of(const struct authority *a)
{
    return (struct x509_issuer){buf_bytes(&a->key), buf_bytes(&a->certificate)};
}

/* The exit code of a shell command over files in a folder of its own; `files`
 * are name, content, .., NULL. Its first line of output goes to `line`. */
static int shell(const char *command, const char *const *names,
                 const struct buf *const *contents, char line[400])
{
    char folder[] = "/tmp/x509-XXXXXX", path[200];
    struct buf text = {0};
    FILE *out;
    int rc;

    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; names[i] != NULL; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        assert_int_equal(file_write(path, buf_bytes(contents[i]), 0600, NULL),
                         0);
    }
    buf_printf(&text, "cd %s && %s", folder, command);
    assert_non_null(out = popen(buf_text(&text), "r"));
    line[0] = '\0';
    if (fgets(line, 400, out) != NULL)
        line[strcspn(line, "\n")] = '\0';
    rc = pclose(out);
    for (size_t i = 0; names[i] != NULL; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
    buf_free(&text);
    return rc;
}

/* ---- names */

static void names_have_one_form_and_strange_ones_are_none(void **state)
{
    static const char *const bad[] = {
        "",
        "a b",
        "*.lan",
        "-a.lan",
        "a-.lan",
        "a..b",
        "a.",
        ".a",
        "a_b",
        "1.2.3",
        "1.2.3.4.5",
        "xã.lan",
        "a\nb",
        "::1%lo",
        "a/b",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    struct x509_names names = names_of("Hub.LAN", "192.168.1.9", "0:0::0:1");

    (void)state;
    assert_string_equal(names.name[0], "hub.lan");
    assert_string_equal(names.name[2], "::1");
    assert_int_equal(x509_names_add(&names, "hub.lan"), 0);
    assert_int_equal(names.count, 3);
    assert_true(x509_names_has(&names, "HUB.lan"));
    assert_false(x509_names_has(&names, "hub"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(x509_names_add(&names, bad[i]), ERR_INVALID);
    for (int i = 0; i < X509_NAMES_LIMIT - 3; i++) {
        char name[X509_NAME_BYTES];

        (void)snprintf(name, sizeof name, "n%d", i);
        assert_int_equal(x509_names_add(&names, name), 0);
    }
    assert_int_equal(x509_names_add(&names, "one-too-many"), ERR_FULL);
}

static void cover_is_asked_one_way(void **state)
{
    struct x509_names a = names_of("a", "b", "c"), b = names_of("b", "a", "a");

    (void)state;
    assert_true(x509_names_cover(&a, &b));
    assert_false(x509_names_cover(&b, &a));
}

/* ---- the authority */

static void the_authority_is_named_and_lasts_ten_years(void **state)
{
    const struct authority *a = *state;
    struct x509_certificate seen;

    assert_int_equal(x509_read(&seen, buf_bytes(&a->certificate), NULL), 0);
    assert_string_equal(seen.subject, "Lienxa Quảng Điền CA");
    assert_true(seen.authority);
    assert_true(seen.expires_ms > now_ms + 3651 * day_ms);
    assert_true(seen.expires_ms < now_ms + 3654 * day_ms);
    assert_true(x509_is_of_key(buf_bytes(&a->certificate), buf_bytes(&a->key)));
}

static void a_long_name_is_cut_between_letters(void **state)
{
    const struct authority *a = *state;
    struct x509_certificate seen;
    struct buf made = {0};
    char name[201];

    for (int i = 0; i < 100; i++)
        memcpy(name + 2 * i, "đ", 3);
    assert_int_equal(
        x509_authority_make(&made, buf_bytes(&a->key), name, now_ms, NULL), 0);
    assert_int_equal(x509_read(&seen, buf_bytes(&made), NULL), 0);
    assert_int_equal(strlen(seen.subject), 7 + 2 * 54 + 3);
    assert_true(utf8_valid(bytes_of_text(seen.subject)));
    buf_free(&made);
}

static void openssl_agrees_about_the_authority(void **state)
{
    const struct authority *a = *state;
    const char *const files[] = {"ca.crt", NULL};
    const struct buf *const contents[] = {&a->certificate};
    struct x509_certificate seen;
    char line[400], mark[X509_FINGERPRINT_TEXT_BYTES];

    assert_int_equal(x509_read(&seen, buf_bytes(&a->certificate), NULL), 0);
    assert_int_equal(shell("openssl x509 -in ca.crt -noout -fingerprint "
                           "-sha256 | cut -d= -f2",
                           files, contents, line),
                     0);
    assert_string_equal(line, x509_fingerprint_text(mark, seen.fingerprint));
    assert_int_equal(
        shell("openssl x509 -in ca.crt -noout -text > t && "
              "grep -q 'CA:TRUE, pathlen:0' t && "
              "grep -q 'Basic Constraints: critical' t && "
              "grep -q 'Key Usage: critical' t && "
              "grep -q 'Certificate Sign, CRL Sign' t && "
              "grep -q 'ASN1 OID: prime256v1' t; c=$?; rm -f t; exit $c",
              files, contents, line),
        0);
}

/* ---- requests and what is issued */

static void what_is_issued_stands_before_openssl(void **state)
{
    const struct authority *a = *state;
    struct x509_names names =
        names_of("node.lienxa.internal", "192.168.7.20", "::1");
    struct buf key = new_key(), request = request_of(&key, &names), made = {0};
    struct x509_issuer issuer = issuer_of(a);
    const char *const files[] = {"ca.crt", "s.crt", "s.csr", NULL};
    const struct buf *const contents[] = {&a->certificate, &made, &request};
    struct x509_certificate seen;
    char line[400];

    assert_int_equal(
        x509_issue(&made, &issuer, buf_bytes(&request), &names, now_ms, NULL),
        0);
    assert_int_equal(x509_read(&seen, buf_bytes(&made), NULL), 0);
    assert_false(seen.authority);
    assert_int_equal(seen.names.count, 3);
    assert_true(x509_names_cover(&seen.names, &names));
    assert_true(seen.expires_ms < now_ms + 397 * day_ms);
    assert_true(seen.expires_ms - seen.since_ms < 398 * day_ms);
    assert_true(x509_is_of_key(buf_bytes(&made), buf_bytes(&key)));
    assert_true(
        x509_is_issued_by(buf_bytes(&made), buf_bytes(&a->certificate)));
    assert_int_equal(shell("openssl req -inform DER -in s.csr -noout -verify "
                           "2>&1 | grep -q OK",
                           files, contents, line),
                     0);
    for (size_t i = 0; i < 4; i++) {
        static const struct {
            const char *words;
            bool good;
        } checks[] = {{"-verify_hostname node.lienxa.internal", true},
                      {"-verify_ip 192.168.7.20", true},
                      {"-verify_hostname other.lienxa.internal", false},
                      {"-verify_ip 192.168.7.21", false}};
        char command[300];

        (void)snprintf(command, sizeof command,
                       "openssl verify -x509_strict -attime %lld -purpose "
                       "sslserver -CAfile ca.crt %s s.crt >t 2>&1; c=$?; "
                       "rm -f t; exit $c",
                       (long long)(now_ms / 1000), checks[i].words);
        assert_int_equal(shell(command, files, contents, line) == 0,
                         checks[i].good);
    }
    buf_free(&key);
    buf_free(&request);
    buf_free(&made);
}

static void the_authority_says_which_names_are_certified(void **state)
{
    struct x509_names asked = names_of("bank.example", "localhost", "10.0.0.1");
    struct x509_names given = names_of("localhost", "localhost", "localhost");
    struct buf key = new_key(), request = request_of(&key, &asked), made = {0};
    struct x509_issuer issuer = issuer_of(*state);
    struct x509_names none = {0};
    struct x509_certificate seen;

    assert_int_equal(
        x509_issue(&made, &issuer, buf_bytes(&request), &given, now_ms, NULL),
        0);
    assert_int_equal(x509_read(&seen, buf_bytes(&made), NULL), 0);
    assert_int_equal(seen.names.count, 1);
    assert_string_equal(seen.names.name[0], "localhost");
    assert_int_equal(
        x509_issue(&made, &issuer, buf_bytes(&request), &none, now_ms, NULL),
        ERR_REFUSED);
    buf_free(&key);
    buf_free(&request);
    buf_free(&made);
}

static void nothing_outlives_the_authority(void **state)
{
    const struct authority *a = *state;
    struct x509_names names = names_of("a", "b", "c");
    struct buf key = new_key(), request = request_of(&key, &names), made = {0};
    struct x509_issuer issuer = issuer_of(a);
    struct x509_certificate seen, authority;

    assert_int_equal(x509_read(&authority, buf_bytes(&a->certificate), NULL),
                     0);
    assert_int_equal(x509_issue(&made, &issuer, buf_bytes(&request), &names,
                                authority.expires_ms - day_ms, NULL),
                     0);
    assert_int_equal(x509_read(&seen, buf_bytes(&made), NULL), 0);
    assert_int_equal(seen.expires_ms, authority.expires_ms);
    buf_free(&key);
    buf_free(&request);
    buf_free(&made);
}

static void a_server_is_no_authority(void **state)
{
    const struct authority *a = *state;
    struct x509_names names = names_of("a", "b", "c");
    struct buf key = new_key(), request = request_of(&key, &names);
    struct buf server = {0}, made = {0};
    struct x509_issuer issuer = issuer_of(a), wrong;

    assert_int_equal(
        x509_issue(&server, &issuer, buf_bytes(&request), &names, now_ms, NULL),
        0);
    wrong = (struct x509_issuer){buf_bytes(&key), buf_bytes(&server)};
    assert_int_equal(
        x509_issue(&made, &wrong, buf_bytes(&request), &names, now_ms, NULL),
        ERR_REFUSED);
    wrong = (struct x509_issuer){buf_bytes(&key), buf_bytes(&a->certificate)};
    assert_int_equal(
        x509_issue(&made, &wrong, buf_bytes(&request), &names, now_ms, NULL),
        ERR_REFUSED);
    buf_free(&key);
    buf_free(&request);
    buf_free(&server);
}

static void a_self_signed_one_is_of_its_key_and_of_nobody_else(void **state)
{
    const struct authority *a = *state;
    struct x509_names names = names_of("localhost", "127.0.0.1", "::1");
    struct buf key = new_key(), made = {0};
    struct x509_certificate seen;

    assert_int_equal(
        x509_self_signed(&made, buf_bytes(&key), &names, now_ms, NULL), 0);
    assert_int_equal(x509_read(&seen, buf_bytes(&made), NULL), 0);
    assert_true(x509_names_cover(&seen.names, &names));
    assert_true(x509_is_of_key(buf_bytes(&made), buf_bytes(&key)));
    assert_false(x509_is_of_key(buf_bytes(&made), buf_bytes(&a->key)));
    assert_false(
        x509_is_issued_by(buf_bytes(&made), buf_bytes(&a->certificate)));
    assert_false(x509_is_issued_by(buf_bytes(&made), buf_bytes(&made)));
    buf_free(&key);
    buf_free(&made);
}

static void both_forms_hold_the_same(void **state)
{
    const struct authority *a = *state;
    struct buf der = {0}, pem = {0};

    assert_int_equal(x509_to_der(&der, buf_bytes(&a->certificate), NULL), 0);
    assert_true(der.size <= X509_AUTHORITY_LIMIT);
    assert_int_equal(x509_to_pem(&pem, buf_bytes(&der), NULL), 0);
    assert_true(bytes_equal(buf_bytes(&pem), buf_bytes(&a->certificate)));
    buf_add_u8(&der, 0);
    assert_int_equal(x509_to_pem(&pem, buf_bytes(&der), NULL), ERR_INVALID);
    buf_free(&der);
    buf_free(&pem);
}

/* ---- strangers */

static void as_many_names_as_may_be_fit_into_everything(void **state)
{
    struct x509_issuer issuer = issuer_of(*state);
    struct buf key = new_key(), request = {0}, made = {0}, der = {0};
    struct x509_names names = {0};
    char name[X509_NAME_BYTES];
    int rc = 0;

    for (int i = 0; rc == 0; i++) {
        (void)snprintf(name, sizeof name, "n%02d.y%049d", i, 0);
        rc = x509_names_add(&names, name);
    }
    assert_int_equal(rc, ERR_FULL);
    assert_true(names.count > 20 && names.count < X509_NAMES_LIMIT);
    assert_int_equal(x509_request_make(&request, buf_bytes(&key), &names, NULL),
                     0);
    assert_true(request.size > X509_NAMES_BYTES);
    assert_int_equal(
        x509_issue(&made, &issuer, buf_bytes(&request), &names, now_ms, NULL),
        0);
    assert_int_equal(x509_to_der(&der, buf_bytes(&made), NULL), 0);
    assert_true(der.size <= X509_CERTIFICATE_LIMIT);
    buf_free(&key);
    buf_free(&request);
    buf_free(&made);
    buf_free(&der);
}

static void a_request_that_was_touched_is_none(void **state)
{
    struct x509_names names = names_of("localhost", "127.0.0.1", "::1");
    struct buf key = new_key(), request = request_of(&key, &names);
    struct x509_names seen;

    (void)state;
    assert_int_equal(x509_request_read(&seen, buf_bytes(&request), NULL), 0);
    assert_int_equal(seen.count, 3);
    for (size_t at = 0; at < request.size; at++) {
        request.data[at] ^= 0x04;
        assert_int_equal(x509_request_read(&seen, buf_bytes(&request), NULL),
                         ERR_INVALID);
        request.data[at] ^= 0x04;
    }
    for (size_t size = 0; size < request.size; size++)
        assert_int_equal(
            x509_request_read(&seen, bytes_of(request.data, size), NULL),
            ERR_INVALID);
    buf_add_u8(&request, 0);
    assert_int_equal(x509_request_read(&seen, buf_bytes(&request), NULL),
                     ERR_INVALID);
    buf_reserve(&request, 100000);
    memset(request.data + request.size, 0, 100000);
    request.size += 100000;
    assert_int_equal(x509_request_read(&seen, buf_bytes(&request), NULL),
                     ERR_INVALID);
    buf_free(&key);
    buf_free(&request);
}

#define P256 "-newkey ec -pkeyopt ec_paramgen_curve:P-256"

/* What the openssl command makes of `words`, as DER. */
static struct buf foreign(const char *words)
{
    char folder[] = "/tmp/x509-XXXXXX", path[100];
    struct buf command = {0}, out = {0};

    assert_non_null(mkdtemp(folder));
    buf_printf(&command,
               "cd %s && openssl req -new -nodes -keyout k -outform DER -out r "
               "-subj /CN=x %s 2>/dev/null",
               folder, words);
    assert_int_equal(system(buf_text(&command)), 0);
    (void)snprintf(path, sizeof path, "%s/r", folder);
    assert_int_equal(file_read(&out, path, X509_FILE_LIMIT, NULL), 0);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/k", folder);
    (void)unlink(path);
    (void)rmdir(folder);
    buf_free(&command);
    return out;
}

static void other_kinds_of_key_and_signature_are_refused(void **state)
{
    static const char *const bad[] = {
        "-newkey rsa:2048",
        "-newkey ed25519",
        "-newkey ec -pkeyopt ec_paramgen_curve:P-384",
        "-newkey ec -pkeyopt ec_paramgen_curve:secp256k1",
        P256 " -pkeyopt ec_param_enc:explicit",
        P256 " -sha512",
    };
    struct x509_names seen;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct buf request = foreign(bad[i]);

        assert_int_equal(x509_request_read(&seen, buf_bytes(&request), NULL),
                         ERR_INVALID);
        buf_free(&request);
    }
}

static void of_foreign_extensions_only_names_are_taken(void **state)
{
    const struct authority *a = *state;
    struct buf request = foreign(
        P256 " -sha256 "
             "-addext 'subjectAltName=DNS:a.lan,DNS:*.lan,email:x@y.example,"
             "URI:http://a.lan/,IP:10.0.0.7,dirName:d,DNS:b c' "
             "-addext basicConstraints=critical,CA:TRUE "
             "-config /dev/stdin <<'E'\n[req]\ndistinguished_name=n\n[n]\n[d]\n"
             "CN=q\nE\n");
    struct x509_issuer issuer = issuer_of(a);
    struct x509_certificate seen;
    struct x509_names names;
    struct buf made = {0};

    assert_int_equal(x509_request_read(&names, buf_bytes(&request), NULL), 0);
    assert_int_equal(names.count, 2);
    assert_string_equal(names.name[0], "a.lan");
    assert_string_equal(names.name[1], "10.0.0.7");
    assert_int_equal(
        x509_issue(&made, &issuer, buf_bytes(&request), &names, now_ms, NULL),
        0);
    assert_int_equal(x509_read(&seen, buf_bytes(&made), NULL), 0);
    assert_false(seen.authority);
    assert_string_equal(seen.subject, "a.lan");
    buf_free(&request);
    buf_free(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_one_form_and_strange_ones_are_none),
        cmocka_unit_test(cover_is_asked_one_way),
        cmocka_unit_test(the_authority_is_named_and_lasts_ten_years),
        cmocka_unit_test(a_long_name_is_cut_between_letters),
        cmocka_unit_test(openssl_agrees_about_the_authority),
        cmocka_unit_test(what_is_issued_stands_before_openssl),
        cmocka_unit_test(the_authority_says_which_names_are_certified),
        cmocka_unit_test(nothing_outlives_the_authority),
        cmocka_unit_test(a_server_is_no_authority),
        cmocka_unit_test(a_self_signed_one_is_of_its_key_and_of_nobody_else),
        cmocka_unit_test(both_forms_hold_the_same),
        cmocka_unit_test(as_many_names_as_may_be_fit_into_everything),
        cmocka_unit_test(a_request_that_was_touched_is_none),
        cmocka_unit_test(other_kinds_of_key_and_signature_are_refused),
        cmocka_unit_test(of_foreign_extensions_only_names_are_taken),
    };

    return cmocka_run_group_tests(tests, make_authority, free_authority);
}
