/* hub/cli_web.c - the certificate of the web pages, in words. */
#include "hub/cli_web.h"

#include <stdio.h>

#include "hub/certificates.h"
#include "hub/cli.h"

const struct cli_option hub_cli_certificate_options[] = {
    {"name", CLI_MANY, "HOST  by which browsers call this hub as well"},
    {"node-domain", CLI_MANY,
     "DOMAIN  below which nodes may be certified for names"},
    {"new-authority", CLI_FLAG,
     "every browser must be told to trust the new one"},
    {0}};

/* The values of an option as a list, when there are any. */
static bool pass_list(struct cli *cli, struct json *args, const char *option,
                      const char *key)
{
    struct json *list = json_array_new();
    int count = 0;

    while (cli_option_at(cli, option, count) != NULL)
        json_add_text(list, cli_option_at(cli, option, count++));
    json_set(args, key, list);
    return count > 0;
}

static int say(struct cli *cli, struct json *out)
{
    const struct json *authority = json_get(out, "authority");
    const struct json *names = json_get(out, "names");

    if (cli_json(cli))
        return print_json(out);
    printf("Authority: %s, good until %.10s. Its SHA-256 fingerprint, to be "
           "compared when a browser is told to trust it:\n  %s\n"
           "It is in %s; browsers get it from /ca.crt of any page.\n",
           json_get_text(authority, "name"),
           json_get_text(authority, "expires"),
           json_get_text(authority, "fingerprint"), json_get_text(out, "file"));
    printf("This hub's pages, good until %.10s, renewed by itself, may be "
           "opened as:\n",
           json_get_text(out, "expires"));
    for (size_t i = 0; i < json_count(names); i++)
        printf("  %s\n", json_text(json_at(names, i)));
    printf("Called by another name? Type: lienxa-hub web certificate --name "
           "HOST\n");
    json_free(&out);
    return 0;
}

int hub_cli_certificate(struct cli *cli)
{
    struct json *args = json_object_new(), *out = json_object_new();
    bool changes = cli_flag(cli, "new-authority");

    json_set_flag(args, "new_authority", changes);
    changes = pass_list(cli, args, "name", "names") || changes;
    changes = pass_list(cli, args, "node-domain", "domains") || changes;
    if (!changes && hub_certificates_show(cli_data(cli), out, NULL) == 0) {
        json_free(&args);
        return say(cli, out);
    }
    json_free(&out);
    out = hub_cli_call(cli, "web.certificate", args);
    return out == NULL ? 1 : say(cli, out);
}
