/* tests/unit/test_hub_certificates.c - for hub/certificates.c, and for what
 * hub/enrolment.c does with it. */
#include "tests/unit/test_hub_fixture.h"

#include "common/base/file.h"
#include "common/crypto/web_certificate.h"
#include "hub/certificates.h"

static struct x509_names names_of(const char *words)
{
    struct x509_names names = {0};
    char *copy = mem_text(words), *rest = copy, *word;

    while ((word = strsep(&rest, " ")) != NULL)
        if (word[0] != '\0')
            assert_int_equal(x509_names_add(&names, word), 0);
    mem_free(&copy);
    return names;
}

/* ---- which names a node may have */

static void expect_left(const char *asked, const char *peer,
                        const char *domains, const char *left)
{
    struct x509_names ours =
        names_of("localhost 127.0.0.1 hub hub.lan 192.168.1.2 "
                 "hub.lienxa.internal");
    struct x509_names in = names_of(asked), want = names_of(left), out;

    hub_certificates_filter(&out, &in, "quang-tho", peer, domains, &ours);
    assert_int_equal(out.count, want.count);
    assert_true(x509_names_cover(&out, &want));
}

static void a_node_has_names_of_its_own_and_of_its_building(void **state)
{
    const char *good = "localhost 127.0.0.1 ::1 quang-tho.lienxa.internal may1 "
                       "may1.lan may1.local may1.home.arpa 10.9.8.7 "
                       "172.16.0.1 172.31.255.1 192.168.4.4 100.64.3.2 "
                       "169.254.1.1 fd00::7 fe80::1";

    (void)state;
    expect_left(good, "192.0.2.7", "", good);
}

static void a_node_has_no_name_of_anybody_else(void **state)
{
    (void)state;
    expect_left("bank.example www.gov.vn quang-phu.lienxa.internal "
                "x.quang-tho.lienxa.internal lienxa.internal 8.8.8.8 "
                "172.32.0.1 100.128.0.1 2001:db8::1 lan local.example",
                "192.0.2.7", "", "lan");
    expect_left("192.0.2.7 192.0.2.8", "192.0.2.7", "", "192.0.2.7");
}

static void a_node_has_no_name_of_the_hub(void **state)
{
    const char *asked = "hub hub.lan 192.168.1.2 hub.lienxa.internal localhost";

    (void)state;
    expect_left(asked, "192.0.2.7", "", "localhost");
    /* on the same machine */
    expect_left(asked, "127.0.0.1", "", "hub hub.lan 192.168.1.2 localhost");
}

static void an_operator_may_open_a_domain(void **state)
{
    (void)state;
    expect_left("a.huyen.example b.a.huyen.example huyen.example "
                "xhuyen.example",
                "192.0.2.7", "tinh.example huyen.example",
                "a.huyen.example b.a.huyen.example");
}

/* ---- files */

static void init_makes_the_authority_and_a_certificate(void **state)
{
    struct fixture *f = *state;
    struct web_certificate seen, again;

    web_certificate_read(&seen, f->folder);
    assert_true(seen.trusted);
    assert_string_equal(seen.authority.subject, "Lienxa Quảng Điền CA");
    assert_true(x509_names_has(&seen.server.names, HUB_CERTIFICATES_NAME));
    assert_int_equal(hub_certificates_tend(f->hub, NULL), 0);
    web_certificate_read(&again, f->folder);
    assert_memory_equal(again.server.fingerprint, seen.server.fingerprint,
                        X509_FINGERPRINT_BYTES);
}

static void remove_file(const struct fixture *f, const char *name)
{
    char path[4200];

    (void)snprintf(path, sizeof path, "%s/%s", f->folder, name);
    assert_int_equal(file_remove(path, NULL), 0);
}

static void what_is_lost_is_made_again_by_the_same_authority(void **state)
{
    static const char *const files[] = {"web/ca.crt", "web/tls.crt",
                                        "web/tls.key", "web/tls.csr"};
    struct fixture *f = *state;
    struct web_certificate first, seen;

    web_certificate_read(&first, f->folder);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        remove_file(f, files[i]);
        assert_int_equal(hub_certificates_tend(f->hub, NULL), 0);
        web_certificate_read(&seen, f->folder);
        assert_true(seen.trusted);
        assert_memory_equal(seen.authority.fingerprint,
                            first.authority.fingerprint,
                            X509_FINGERPRINT_BYTES);
    }
    remove_file(f, "keys/ca.key");
    assert_int_equal(hub_certificates_tend(f->hub, NULL), 0);
    web_certificate_read(&seen, f->folder);
    assert_true(seen.trusted);
    assert_memory_not_equal(seen.authority.fingerprint,
                            first.authority.fingerprint,
                            X509_FINGERPRINT_BYTES);
}

static int run(struct fixture *f, const char *args)
{
    struct json *in = json_parse(bytes_of_text(args), NULL);
    struct json *out = json_object_new();
    struct error err = {""};
    int rc;

    rc = hub_certificates_run(f->hub, in, out, &err);
    if (rc == 0)
        assert_int_equal(strlen(json_get_text(out, "fingerprint")), 95);
    json_free(&in);
    json_free(&out);
    return rc;
}

static void more_names_are_kept_and_nonsense_is_refused(void **state)
{
    struct fixture *f = *state;
    struct web_certificate seen;

    assert_int_equal(run(f, "{\"names\":[\"hub.huyen.example\"]}"), 0);
    assert_int_equal(run(f, "{\"names\":[\"203.0.113.9\"]}"), 0);
    assert_int_equal(run(f, "{\"names\":[\"https://x\"]}"), ERR_INVALID);
    assert_int_equal(run(f, "{\"names\":[7]}"), ERR_INVALID);
    web_certificate_read(&seen, f->folder);
    assert_true(x509_names_has(&seen.server.names, "hub.huyen.example"));
    assert_true(x509_names_has(&seen.server.names, "203.0.113.9"));
}

static void a_new_authority_is_another_one(void **state)
{
    struct fixture *f = *state;
    struct web_certificate first, seen;

    web_certificate_read(&first, f->folder);
    assert_int_equal(run(f, "{\"new_authority\":true}"), 0);
    web_certificate_read(&seen, f->folder);
    assert_true(seen.trusted);
    assert_memory_not_equal(seen.authority.fingerprint,
                            first.authority.fingerprint,
                            X509_FINGERPRINT_BYTES);
}

/* ---- a node's request */

static void a_node_gets_what_it_may_have(void **state)
{
    struct fixture *f = *state;
    struct x509_names asked =
        names_of("localhost bank.example quang-tho.lienxa.internal 10.0.0.9");
    struct hub_certificates_issued out = {{0}, {0}};
    struct buf key = {0}, request = {0};
    struct x509_certificate seen;

    assert_int_equal(x509_key_make(&key, NULL), 0);
    assert_int_equal(x509_request_make(&request, buf_bytes(&key), &asked, NULL),
                     0);
    assert_int_equal(hub_certificates_issue(f->hub, QUANG_THO, "192.0.2.7",
                                            buf_bytes(&request), &out, NULL),
                     0);
    assert_true(x509_is_issued_by(buf_bytes(&out.certificate),
                                  buf_bytes(&out.authority)));
    assert_true(x509_is_of_key(buf_bytes(&out.certificate), buf_bytes(&key)));
    assert_int_equal(x509_read(&seen, buf_bytes(&out.certificate), NULL), 0);
    assert_int_equal(seen.names.count, 3);
    assert_false(x509_names_has(&seen.names, "bank.example"));
    request.data[request.size - 1] ^= 1;
    assert_int_equal(hub_certificates_issue(f->hub, QUANG_THO, "192.0.2.7",
                                            buf_bytes(&request), &out, NULL),
                     ERR_INVALID);
    assert_int_equal(out.certificate.size + out.authority.size, 0);
    buf_free(&key);
    buf_free(&request);
    buf_free(&out.certificate);
    buf_free(&out.authority);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_has_names_of_its_own_and_of_its_building),
        cmocka_unit_test(a_node_has_no_name_of_anybody_else),
        cmocka_unit_test(a_node_has_no_name_of_the_hub),
        cmocka_unit_test(an_operator_may_open_a_domain),
        hub_test(init_makes_the_authority_and_a_certificate),
        hub_test(what_is_lost_is_made_again_by_the_same_authority),
        hub_test(more_names_are_kept_and_nonsense_is_refused),
        hub_test(a_new_authority_is_another_one),
        hub_test(a_node_gets_what_it_may_have),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
