/* hub/first.c - see first.h. Every function runs in a process of its own. */
#include "hub/first.h"

#include <stdio.h>
#include <string.h>

#include "common/account/password.h"
#include "common/base/file.h"
#include "common/base/mem.h"
#include "hub/certificates.h"
#include "hub/client.h"
#include "hub/hub.h"
#include "hub/reading.h"
#include "hub/set_up.h"

enum { PATH_BYTES = 4200 };

static bool is_there(const char *folder, const char *name)
{
    char path[PATH_BYTES];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return file_exists(path);
}

bool hub_first_is_wanted(const char *folder)
{
    return setup_is_wanted(folder) || is_there(folder, HUB_UNFINISHED);
}

/* The fingerprint by which browsers come to trust the pages. */
static void look_at_authority(const char *folder, struct json *out)
{
    struct json *shown = json_object_new();

    if (hub_certificates_show(folder, shown, NULL) == 0)
        json_set(out, "authority", json_take(shown, "authority"));
    json_free(&shown);
}

static int look(const char *folder, struct json *out, struct error *err)
{
    struct hub *hub = NULL;
    struct json *users;
    int rc;

    if (is_there(folder, HUB_UNFINISHED) || !is_there(folder, "hub.db")) {
        json_set_text(out, "step",
                      is_there(folder, "hub.db") ? "shares" : "make");
        return 0;
    }
    if ((rc = hub_open(&hub, folder, HUB_READ, err)) != 0)
        return rc;
    users = hub_reading_users(hub);
    json_set_text(out, "step", json_count(users) == 0 ? "people" : "done");
    json_set_text(out, "name", hub_store_setting(hub->store, "name"));
    json_free(&users);
    hub_close(&hub);
    look_at_authority(folder, out);
    return 0;
}

static int make(const char *folder, const struct json *args,
                struct setup_shares *shares, struct json *about,
                struct error *err)
{
    const char *name = json_get_text(args, "name");
    const char *roster = json_get_text(args, "roster");
    struct hub_set_up_wish wish = {.name = name};
    int rc;

    (void)about;
    if (name == NULL || roster == NULL)
        return error_set(err, ERR_INVALID, "name and roster are wanted");
    wish.roster = bytes_of_text(roster);
    rc = hub_set_up_unshown(folder, &wish, shares->first, shares->second, err);
    shares->there = rc == 0;
    return rc;
}

/* The first operator. No other command is run, so no other user may be made. */
static int people(const char *folder, const struct json *args,
                  const struct setup_shares *shares, struct error *err)
{
    const char *name = json_get_text(args, "name");
    const char *typed = json_get_text(args, "password");
    char stored[PASSWORD_TEXT_BYTES];
    struct json *user, *out;
    int rc;

    (void)shares;
    if (name == NULL || typed == NULL)
        return error_set(err, ERR_INVALID, "name and password are wanted");
    if ((rc = account_password_make(stored, typed, err)) != 0)
        return rc;
    user = json_object_new();
    json_set_text(user, "name", name);
    json_set_text(user, "role", "operator");
    json_set_text(user, "password", stored);
    mem_wipe(stored, sizeof stored);
    out = hub_client_call_here(folder, "user.add", user, err);
    rc = out == NULL ? ERR_INVALID : 0;
    json_free(&out);
    return rc;
}

const struct setup_steps hub_first_steps = {.program = "hub",
                                            .look = look,
                                            .make = make,
                                            .shown = hub_set_up_shown,
                                            .people = people};
