/* tests/unit/test_crypto_web_certificate.c - for
 * common/crypto/web_certificate.c and common/base/host.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/file.h"
#include "common/crypto/random.h"
#include "common/crypto/web_certificate.h"

static const int64_t now_ms = INT64_C(1795000000000);
static const int64_t day_ms = INT64_C(86400000);

struct place {
    char folder[64];
    struct buf key, authority; /* of an authority */
    struct x509_names names;
    struct buf request;
};

static void remove_all(const char *folder)
{
    static const char *const names[] = {"tls.key", "tls.crt", "ca.crt",
                                        "tls.csr", ""};
    char path[128];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s/web/%s", folder, names[i]);
        (void)(names[i][0] == '\0' ? rmdir(path) : unlink(path));
    }
    (void)rmdir(folder);
}

static int set_up(void **state)
{
    static struct place p;

    crypto_open();
    memset(&p, 0, sizeof p);
    (void)snprintf(p.folder, sizeof p.folder, "/tmp/web-XXXXXX");
    assert_non_null(mkdtemp(p.folder));
    assert_int_equal(x509_key_make(&p.key, NULL), 0);
    assert_int_equal(x509_authority_make(&p.authority, buf_bytes(&p.key), "Hub",
                                         now_ms, NULL),
                     0);
    assert_int_equal(web_certificate_prepare(p.folder, NULL), 0);
    web_certificate_names(&p.names, "quang-tho.lienxa.internal", "");
    *state = &p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;

    remove_all(p->folder);
    buf_free(&p->key);
    buf_free(&p->authority);
    buf_free(&p->request);
    return 0;
}

/* What the authority makes of our request. */
static struct buf certified(struct place *p, int64_t at_ms)
{
    struct x509_issuer issuer = {buf_bytes(&p->key), buf_bytes(&p->authority)};
    struct buf made = {0};

    buf_clear(&p->request);
    assert_int_equal(
        web_certificate_request(&p->request, p->folder, &p->names, NULL), 0);
    assert_int_equal(x509_issue(&made, &issuer, buf_bytes(&p->request),
                                &p->names, at_ms, NULL),
                     0);
    return made;
}

static int put(struct place *p, const struct buf *made,
               const struct buf *authority, int64_t at_ms)
{
    return web_certificate_put(
        p->folder,
        &(struct web_certificate_issued){buf_bytes(&p->request),
                                         buf_bytes(made), buf_bytes(authority)},
        at_ms, NULL);
}

static void the_key_is_made_once_and_for_its_owner_only(void **state)
{
    struct place *p = *state;
    struct buf before = {0}, after = {0};
    struct stat seen;
    char path[128];

    (void)snprintf(path, sizeof path, "%s/web/tls.key", p->folder);
    assert_int_equal(stat(path, &seen), 0);
    assert_int_equal(seen.st_mode & 0777, 0600);
    assert_int_equal(file_read(&before, path, X509_FILE_LIMIT, NULL), 0);
    assert_int_equal(web_certificate_prepare(p->folder, NULL), 0);
    assert_int_equal(file_read(&after, path, X509_FILE_LIMIT, NULL), 0);
    assert_true(bytes_equal(buf_bytes(&before), buf_bytes(&after)));
    buf_free(&before);
    buf_free(&after);
}

static void nothing_there_is_due(void **state)
{
    struct place *p = *state;
    struct web_certificate seen;

    web_certificate_read(&seen, p->folder);
    assert_false(seen.good);
    assert_false(seen.trusted);
    assert_true(web_certificate_is_due(&seen, &p->names, now_ms));
}

static void one_of_its_own_making_serves_and_stays_due(void **state)
{
    struct place *p = *state;
    struct web_certificate seen;

    assert_int_equal(
        web_certificate_make_own(p->folder, &p->names, now_ms, NULL), 0);
    web_certificate_read(&seen, p->folder);
    assert_true(seen.good);
    assert_false(seen.trusted);
    assert_true(x509_names_cover(&seen.server.names, &p->names));
    assert_true(web_certificate_is_due(&seen, &p->names, now_ms));
}

static void a_certified_one_is_due_for_its_end_and_for_new_names(void **state)
{
    struct place *p = *state;
    struct buf made = certified(p, now_ms);
    struct x509_names more = p->names, fewer = {0};
    struct web_certificate seen;

    assert_int_equal(put(p, &made, &p->authority, now_ms), 0);
    web_certificate_read(&seen, p->folder);
    assert_true(seen.trusted);
    assert_string_equal(seen.authority.subject, "Lienxa Hub CA");
    assert_false(web_certificate_is_due(&seen, &p->names, now_ms));
    assert_false(
        web_certificate_is_due(&seen, &p->names, now_ms + 336 * day_ms));
    assert_true(
        web_certificate_is_due(&seen, &p->names, now_ms + 338 * day_ms));
    assert_int_equal(x509_names_add(&more, "moi.lan"), 0);
    assert_true(web_certificate_is_due(&seen, &more, now_ms));
    assert_int_equal(x509_names_add(&fewer, "localhost"), 0);
    assert_false(web_certificate_is_due(&seen, &fewer, now_ms));
    buf_free(&made);
}

static void what_does_not_fit_together_is_not_put_in_place(void **state)
{
    struct place *p = *state;
    struct buf made = certified(p, now_ms), key = {0}, other = {0};
    struct web_certificate seen;

    assert_int_equal(put(p, &made, &p->authority, now_ms + 400 * day_ms),
                     ERR_DAMAGED);
    assert_int_equal(x509_key_make(&key, NULL), 0);
    assert_int_equal(
        x509_authority_make(&other, buf_bytes(&key), "Hub", now_ms, NULL), 0);
    assert_int_equal(put(p, &made, &other, now_ms), ERR_DAMAGED);
    assert_int_equal(put(p, &other, &other, now_ms), ERR_DAMAGED);
    web_certificate_read(&seen, p->folder);
    assert_false(seen.good);
    buf_free(&made);
    buf_free(&key);
    buf_free(&other);
}

static void what_was_asked_for_is_remembered_when_it_was_given(void **state)
{
    struct place *p = *state;
    struct buf made = certified(p, now_ms);
    struct x509_names asked;

    web_certificate_requested(&asked, p->folder);
    assert_int_equal(asked.count, 0);
    assert_int_equal(put(p, &made, &p->authority, now_ms), 0);
    web_certificate_requested(&asked, p->folder);
    assert_true(x509_names_cover(&asked, &p->names));
    buf_free(&made);
}

static void the_names_begin_with_the_machine_itself(void **state)
{
    struct x509_names names;
    char host[256] = "";

    (void)state;
    web_certificate_names(&names, "hub.lienxa.internal",
                          "10.1.2.3 not_a_name  hub.example");
    assert_string_equal(names.name[0], "localhost");
    assert_true(x509_names_has(&names, "127.0.0.1"));
    assert_true(x509_names_has(&names, "::1"));
    assert_true(x509_names_has(&names, "hub.lienxa.internal"));
    assert_true(x509_names_has(&names, "10.1.2.3"));
    assert_true(x509_names_has(&names, "hub.example"));
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    host[strcspn(host, ".")] = '\0';
    assert_true(x509_names_has(&names, host));
}

int main(void)
{
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_PLACE(the_key_is_made_once_and_for_its_owner_only),
        IN_PLACE(nothing_there_is_due),
        IN_PLACE(one_of_its_own_making_serves_and_stays_due),
        IN_PLACE(a_certified_one_is_due_for_its_end_and_for_new_names),
        IN_PLACE(what_does_not_fit_together_is_not_put_in_place),
        IN_PLACE(what_was_asked_for_is_remembered_when_it_was_given),
        IN_PLACE(the_names_begin_with_the_machine_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
