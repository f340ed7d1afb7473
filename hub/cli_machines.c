/* hub/cli_machines.c - see cli_machines.h. */
#include "hub/cli_machines.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hub/cli.h"
#include "hub/client.h"
#include "hub/settings.h"

enum { ROTATED_TRIES = 100, ROTATED_PAUSE_US = 100000 };

const struct cli_option hub_cli_retire_options[] = {
    {"certificate", CLI_ONE,
     "N  of that number, when it is not the present one"},
    {0}};

int hub_cli_retire(struct cli *cli)
{
    struct json *args = json_object_new(), *out;
    const char *unit;
    int64_t number = 0;

    json_set_text(args, "unit", cli_argument(cli, 0));
    hub_cli_pass(cli, args, "certificate");
    if ((out = hub_cli_call(cli, "node.retire", args)) == NULL)
        return 1;
    if (cli_json(cli))
        return print_json(out);
    unit = json_get_text(out, "unit");
    (void)json_get_i64(out, "certificate", &number);
    printf("The machine of %s with certificate %lld is retiring: it takes no "
           "new reports and hands over what only it holds. Leave it on until "
           "`node list` says that it is drained.\n",
           unit, (long long)number);
    if (json_get_flag(out, "present"))
        printf("%s has no machine at work now: invite the next one, or this "
               "one again, with `lienxa-hub node invite %s`\n",
               unit, unit);
    json_free(&out);
    return 0;
}

/* The number of the unit's present certificate; 0: cannot be told. */
static int64_t present_number(struct cli *cli, const char *unit)
{
    struct error err = {""};
    struct hub *hub = NULL;
    const struct unit *found;
    const struct node_key *key = NULL;
    int64_t number;

    if (hub_open(&hub, cli_data(cli), HUB_READ, &err) == 0 &&
        (found = roster_find(&hub->roster, unit)) != NULL)
        key = hub_registry_unit(hub->registry, found->key);
    number = key == NULL ? 0 : (int64_t)key->number;
    hub_close(&hub);
    return number;
}

/* The machine answers within a second; a slow line is not waited for. */
static int64_t wait_for_keys(struct cli *cli, const char *unit, int64_t old)
{
    for (int i = 0; i < ROTATED_TRIES; i++) {
        int64_t number = present_number(cli, unit);

        if (number > old)
            return number;
        (void)usleep(ROTATED_PAUSE_US);
    }
    return 0;
}

int hub_cli_rotate(struct cli *cli)
{
    struct json *args = json_object_new(), *out;
    int64_t old = 0, now = 0;
    const char *unit;

    json_set_text(args, "unit", cli_argument(cli, 0));
    if ((out = hub_cli_call(cli, "node.rotate", args)) == NULL)
        return 1;
    unit = json_get_text(out, "unit");
    (void)json_get_i64(out, "certificate", &old);
    if (json_get_flag(out, "said"))
        now = wait_for_keys(cli, unit, old);
    if (now != 0)
        json_set_i64(out, "new", now);
    else
        json_set_null(out, "new");
    if (cli_json(cli))
        return print_json(out);
    if (now != 0)
        printf("The machine of %s has new keys (certificate %lld); the old "
               "ones are worth nothing any more.\n",
               unit, (long long)now);
    else
        printf("The machine of %s is to make new keys: it does so when it is "
               "next heard. `node list --json` shows its certificate's "
               "number.\n",
               unit);
    json_free(&out);
    return 0;
}

/* ---- settings */

const struct cli_option hub_cli_settings_options[] = {
    {"rate", CLI_ONE, "256k|off  bits a second of bulk at most, each way"},
    {"hours", CLI_ONE, "19:00-06:00|off  when bulk may be used"},
    {0}};

/* Asked only: no command, nothing in the audit log. NULL: told why. */
static struct json *settings_of(struct cli *cli)
{
    struct json *out = NULL;
    struct error err = {""};
    struct hub *hub = NULL;
    const struct unit *unit;

    if (hub_open(&hub, cli_data(cli), HUB_READ, &err) != 0) {
        (void)cli_fail(cli, "%s", err.text);
    } else if ((unit = roster_find(&hub->roster, cli_argument(cli, 0))) ==
               NULL) {
        (void)cli_fail(cli,
                       "no unit \"%s\" in the roster: give its slug or code",
                       cli_argument(cli, 0));
    } else {
        out = json_object_new();
        json_set_text(out, "unit", unit->slug);
        hub_settings_json(hub, unit->key, out);
    }
    hub_close(&hub);
    return out;
}

static struct json *change_settings(struct cli *cli)
{
    struct json *args = json_object_new();

    json_set_text(args, "unit", cli_argument(cli, 0));
    hub_cli_pass(cli, args, "rate");
    hub_cli_pass(cli, args, "hours");
    return hub_cli_call(cli, "node.settings", args);
}

int hub_cli_settings(struct cli *cli)
{
    bool change = cli_option_value(cli, "rate") != NULL ||
                  cli_option_value(cli, "hours") != NULL;
    struct json *out = change ? change_settings(cli) : settings_of(cli);
    const char *rate, *hours;

    if (out == NULL)
        return 1;
    if (cli_json(cli))
        return print_json(out);
    rate = json_get_text(out, "rate");
    hours = json_get_text(out, "hours");
    printf("%s: bulk at %s%s, %s\n", json_get_text(out, "unit"),
           rate == NULL ? "what the line moves" : rate,
           rate == NULL ? "" : "bit/s", hours == NULL ? "all day" : hours);
    json_free(&out);
    return 0;
}

void hub_cli_print_machines(const struct json *nodes)
{
    for (size_t i = 0; i < json_count(nodes); i++) {
        const struct json *node = json_at(nodes, i);
        const struct json *machines = json_get(node, "machines");
        const char *state = json_get_text(node, "state");

        if (json_count(machines) < 2 &&
            (state == NULL || strcmp(state, "retiring") != 0))
            continue;
        for (size_t m = 0; m < json_count(machines); m++) {
            const struct json *machine = json_at(machines, m);
            int64_t number = 0;

            (void)json_get_i64(machine, "certificate", &number);
            printf("%s, certificate %lld: %s\n", json_get_text(node, "unit"),
                   (long long)number, json_get_text(machine, "words"));
        }
    }
}
