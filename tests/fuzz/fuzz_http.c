/* tests/fuzz/fuzz_http.c - our layer over HTTP: the target of a request, header
 * values, origins, cookies' tokens. The first byte says which.
 *
 * A target that is taken has a path that begins with a slash and holds no "..",
 * no control character, and is UTF-8.
 */
#include "common/http/inside.h"
#include "common/web/inside.h"
#include "tests/fuzz/fuzz.h"

static void read_target(const char *raw)
{
    struct http_target target;

    if (http_target_parse(&target, raw) != 0)
        return;
    if (target.path[0] != '/' || strstr(target.path, "/../") != NULL ||
        strstr(target.path, "//") != NULL ||
        !utf8_valid(bytes_of_text(target.path)) ||
        target.query_count > HTTP_QUERY_LIMIT)
        abort();
    for (const char *at = target.path; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20)
            abort();
    (void)web_route_rest("/api/reports", target.path);
    http_target_free(&target);
}

static void read_origin(struct bytes in)
{
    char *text[5];
    struct web_origin origin;

    for (size_t i = 0; i < 5; i++)
        text[i] = fuzz_text(fuzz_bytes(&in, fuzz_number(&in, 1) % 40));
    origin = (struct web_origin){text[0], text[1], text[2], text[3], text[4]};
    (void)web_origin_fault(&origin);
    for (size_t i = 0; i < 5; i++)
        free(text[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    uint64_t which = fuzz_number(&in, 1) % 4;
    char *text = fuzz_text(in);

    switch (which) {
    case 0:
        read_target(text);
        break;
    case 1:
        (void)http_takes_coding(text, "gzip");
        (void)http_tag_matches(text, "\"3f2a91c0\"");
        break;
    case 2:
        if (web_is_token(text))
            (void)web_token_hash(text);
        break;
    case 3:
        read_origin(in);
        break;
    }
    free(text);
    return 0;
}
