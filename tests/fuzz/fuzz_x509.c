/* tests/fuzz/fuzz_x509.c - a stranger's request for a certificate, a
 * certificate, and names. The first byte says which. What a request asks for
 * must be names that we would take ourselves.
 */
#include "common/crypto/x509.h"
#include "tests/fuzz/fuzz.h"

static void names_hold(const struct x509_names *names)
{
    struct x509_names again = {0};

    for (size_t i = 0; i < names->count; i++)
        if (x509_names_add(&again, names->name[i]) != 0)
            abort();
    if (again.count != names->count || !x509_names_cover(&again, names))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    struct x509_certificate certificate;
    struct x509_names names = {0};
    struct error err;
    char *text;

    switch (fuzz_number(&in, 1) % 3) {
    case 0:
        if (x509_request_read(&names, in, &err) == 0)
            names_hold(&names);
        break;
    case 1:
        if (x509_read(&certificate, in, &err) == 0)
            (void)x509_names_cover(&certificate.names, &names);
        break;
    case 2:
        text = fuzz_text(in);
        (void)x509_names_add(&names, text);
        names_hold(&names);
        free(text);
        break;
    }
    return 0;
}
