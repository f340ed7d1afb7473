/* node/cli_web.c - the certificate of the web pages, in words. */
#include "node/cli_web.h"

#include <stdio.h>

#include "node/certificates.h"
#include "node/cli.h"

const struct cli_option node_cli_certificate_options[] = {
    {"name", CLI_MANY, "HOST  by which browsers call this machine as well"},
    {0}};

static bool pass_names(struct cli *cli, struct json *args)
{
    struct json *list = json_array_new();
    int count = 0;

    while (cli_option_at(cli, "name", count) != NULL)
        json_add_text(list, cli_option_at(cli, "name", count++));
    json_set(args, "names", list);
    return count > 0;
}

static void say_who(const struct json *out)
{
    const struct json *authority = json_get(out, "authority");

    if (json_get_flag(out, "trusted"))
        printf("Certified by the district: %s, good until %.10s. The SHA-256 "
               "fingerprint of that authority, to be compared when a browser "
               "is told to trust it:\n  %s\n",
               json_get_text(authority, "name"),
               json_get_text(authority, "expires"),
               json_get_text(authority, "fingerprint"));
    else
        printf("Not certified by the district yet: browsers warn. Go on only "
               "when the browser shows this SHA-256 fingerprint:\n  %s\n",
               json_get_text(out, "fingerprint"));
}

static int say(struct cli *cli, struct json *out, bool changed)
{
    const struct json *names = json_get(out, "names");

    if (cli_json(cli))
        return print_json(out);
    say_who(out);
    printf("This machine's pages, good until %.10s, renewed by itself, may be "
           "opened as:\n",
           json_get_text(out, "expires"));
    for (size_t i = 0; i < json_count(names); i++)
        printf("  %s\n", json_text(json_at(names, i)));
    if (changed)
        printf("The hub is asked to certify the new names as well; look again "
               "in a minute, while `lienxa-node serve` runs. Names that are "
               "known outside this building the district must allow first: "
               "lienxa-hub web certificate --node-domain DOMAIN\n");
    json_free(&out);
    return 0;
}

int node_cli_certificate(struct cli *cli)
{
    struct json *args = json_object_new(), *out = json_object_new();
    bool changes = pass_names(cli, args);

    if (!changes && node_certificates_show(cli_data(cli), out, NULL) == 0) {
        json_free(&args);
        return say(cli, out, false);
    }
    json_free(&out);
    out = node_cli_call(cli, "web.certificate", args);
    return out == NULL ? 1 : say(cli, out, changes);
}
