/* hub/set_up.c - everything is made in memory and on disk before the shares are
 * shown. A hub whose root key nobody was shown is of no use: DATA/unfinished
 * says so until then, and the next `init` starts over. */
#include "hub/set_up.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "common/domain/text.h"
#include "hub/certificates.h"
#include "hub/hub.h"

enum { ROSTER_FILE_LIMIT = 8 << 20, NAME_LIMIT = 200, PATH_BYTES = 4200 };

int hub_set_up_read(struct buf *csv, const char *path, struct error *err)
{
    return file_read(csv, path, ROSTER_FILE_LIMIT, err);
}

static const char *path_in(char out[PATH_BYTES], const char *folder,
                           const char *name)
{
    (void)snprintf(out, PATH_BYTES, "%s/%s", folder, name);
    return out;
}

/* Half-written keys have names of their own: all that is there goes. */
static void remove_keys(const char *folder)
{
    struct buf path = {0};
    const struct dirent *one;
    DIR *all;

    buf_printf(&path, "%s/keys", folder);
    all = opendir(buf_text(&path));
    while (all != NULL && (one = readdir(all)) != NULL) {
        buf_clear(&path);
        buf_printf(&path, "%s/keys/%s", folder, one->d_name);
        if (one->d_name[0] != '.')
            (void)unlink(buf_text(&path));
    }
    if (all != NULL)
        (void)closedir(all);
    buf_free(&path);
}

/* Nothing can have been done with a hub that was not finished. */
static void remove_unfinished(const char *folder)
{
    static const char *const names[] = {"hub.db", "hub.db-wal", "hub.db-shm",
                                        "hub.db-journal"};
    char path[PATH_BYTES];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)unlink(path_in(path, folder, names[i]));
    remove_keys(folder);
}

static int prepare_folder(const char *folder, struct error *err)
{
    char path[PATH_BYTES], unfinished[PATH_BYTES];
    int rc;

    if (file_exists(path_in(unfinished, folder, HUB_UNFINISHED)))
        remove_unfinished(folder);
    if (db_exists(path_in(path, folder, "hub.db")))
        return error_set(err, ERR_EXISTS,
                         "there is a hub in %s already: choose another --data, "
                         "nothing was touched",
                         folder);
    if (file_exists(path_in(path, folder, "keys/public")))
        return error_set(err, ERR_EXISTS,
                         "%s/keys holds the keys of a hub without its "
                         "database: choose another --data, nothing was touched",
                         folder);
    if (!file_exists(folder) && (rc = file_make_folder(folder, err)) != 0)
        return rc;
    return file_write(unfinished, bytes_of_text("init\n"), 0600, err);
}

/* The first words of the hub's channels: the signing key and its epoch. */
static int first_words(struct hub *hub, struct error *err)
{
    struct id record = random_id(hub->wall_ms);
    int rc;

    if ((rc = hub_new_epoch(hub, &hub->all, err)) != 0)
        return rc;
    return hub_append(hub, &hub->all, KIND_SIGNING_KEY, &record, 1,
                      CHANGE_EXPEDITED, buf_bytes(&hub->keys.signing_key), err);
}

static int make_streams(struct hub *hub, const struct roster *roster,
                        struct error *err)
{
    struct ledger_stream s;
    int rc = ledger_stream(hub->ledger, &s, &hub->all, true);

    for (size_t i = 0; rc == 0 && i < roster->count; i++) {
        const char *unit = roster->units[i].key;
        struct stream_name up = stream_name_make(unit, STREAM_UP);
        struct stream_name orders = hub_unit_channel(hub, unit);

        if ((rc = hub_store_add_unit(hub->store, &roster->units[i])) == 0 &&
            (rc = ledger_stream(hub->ledger, &s, &up, false)) == 0 &&
            (rc = ledger_stream(hub->ledger, &s, &orders, true)) == 0)
            rc = hub_new_epoch(hub, &orders, err);
    }
    return rc;
}

static int fill(struct hub *hub, const char *name, const struct roster *roster,
                struct error *err)
{
    char made[32];
    int rc;

    (void)snprintf(made, sizeof made, "%lld", (long long)hub->wall_ms);
    if ((rc = hub_begin(hub)) != 0 ||
        (rc = hub_store_set(hub->store, "name", name)) != 0 ||
        (rc = hub_store_set(hub->store, "made_ms", made)) != 0 ||
        (rc = first_words(hub, err)) != 0 ||
        (rc = make_streams(hub, roster, err)) != 0)
        return rc;
    return hub_commit(hub, err);
}

static int make_database(const char *folder, struct error *err)
{
    struct hub_store *store = NULL;
    char path[4200];
    int rc;

    (void)snprintf(path, sizeof path, "%s/hub.db", folder);
    rc = hub_store_open(&store, path, DB_WRITE, err);
    hub_store_close(&store);
    return rc;
}

/* `name` is as it will be kept. */
static int make(const char *folder, const char *name,
                const struct hub_set_up_wish *wish,
                char first[SHARE_TEXT_BYTES], char second[SHARE_TEXT_BYTES],
                struct error *err)
{
    struct roster roster = {0};
    struct hub *hub = NULL;
    int rc;

    if ((rc = roster_parse(&roster, wish->roster, err)) != 0) {
        error_wrap(err, "roster");
        return rc;
    }
    if ((rc = prepare_folder(folder, err)) == 0 &&
        (rc = hub_keys_make(folder, first, second, err)) == 0 &&
        (rc = make_database(folder, err)) == 0 &&
        (rc = hub_open(&hub, folder, HUB_MAKING, err)) == 0 &&
        (rc = fill(hub, name, &roster, err)) != 0 && err->text[0] == '\0')
        (void)error_set(err, rc, "the database refused: %s",
                        db_reason(hub_store_db(hub->store)));
    if (rc == 0)
        rc = hub_certificates_tend(hub, err);
    hub_close(&hub);
    roster_free(&roster);
    return rc;
}

int hub_set_up_unshown(const char *folder, const struct hub_set_up_wish *wish,
                       char first[SHARE_TEXT_BYTES],
                       char second[SHARE_TEXT_BYTES], struct error *err)
{
    struct buf name = {0};
    int rc = text_nfc(&name, bytes_of_text(wish->name));

    if (rc != 0 || !text_is_line(buf_bytes(&name)) || name.size > NAME_LIMIT)
        rc = error_set(err, ERR_INVALID,
                       "--name must be one line of at most %d bytes",
                       NAME_LIMIT);
    else
        rc = make(folder, buf_text(&name), wish, first, second, err);
    buf_free(&name);
    return rc;
}

int hub_set_up_shown(const char *folder, struct error *err)
{
    char path[PATH_BYTES];

    return file_remove(path_in(path, folder, HUB_UNFINISHED), err);
}

int hub_set_up(const char *folder, const char *name, const char *roster_path,
               char first[SHARE_TEXT_BYTES], char second[SHARE_TEXT_BYTES],
               struct error *err)
{
    struct hub_set_up_wish wish = {.name = name};
    struct buf csv = {0};
    int rc = hub_set_up_read(&csv, roster_path, err);

    wish.roster = buf_bytes(&csv);
    if (rc == 0 &&
        (rc = hub_set_up_unshown(folder, &wish, first, second, err)) == 0)
        rc = hub_set_up_shown(folder, err);
    buf_free(&csv);
    return rc;
}
