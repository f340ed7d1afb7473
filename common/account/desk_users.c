/* common/account/desk_users.c - the commands user.*. */
#include <string.h>

#include "common/account/desk_inside.h"
#include "common/account/password.h"
#include "common/domain/text.h"

static int need_user(struct account_desk *desk, const struct account_call *call,
                     struct accounts_user *out, struct error *err)
{
    const char *said = json_get_text(call->args, "name");
    char name[ACCOUNT_NAME_BYTES];
    int rc = desk_clean_name(name, call->args)
                 ? accounts_user(desk->accounts, name, out)
                 : ERR_MISSING;

    if (rc == ERR_MISSING)
        return error_set(err, rc, "there is no user \"%.*s\", see `user list`",
                         2 * ACCOUNT_NAME_BYTES, said == NULL ? "" : said);
    return rc;
}

static bool is_stored_form(const char *password)
{
    uint8_t salt[PASSWORD_SALT_BYTES];

    return password != NULL && strlen(password) < PASSWORD_TEXT_BYTES &&
           account_password_salt(salt, password);
}

static void add_roles(struct buf *out, const struct policy *policy)
{
    for (size_t i = 0; policy->roles[i] != NULL; i++) {
        if (i > 0)
            buf_add_text(out, policy->roles[i + 1] != NULL ? ", " : " or ");
        buf_add_text(out, policy->roles[i]);
    }
}

static int check_role(struct account_desk *desk, const char *role,
                      struct error *err)
{
    struct buf roles = {0};

    if (policy_role(desk->policy, role) != 0)
        return 0;
    add_roles(&roles, desk->policy);
    (void)error_set(err, ERR_INVALID, "--role: %s", buf_text(&roles));
    buf_free(&roles);
    return ERR_INVALID;
}

/* Pages take spaces away from the ends of what is typed at the door. */
static bool has_loose_space(struct bytes name)
{
    static const char *const spaces[] = {" ", "\xc2\xa0"};

    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        size_t size = strlen(spaces[i]);

        if (name.size >= size &&
            (memcmp(name.data, spaces[i], size) == 0 ||
             memcmp(name.data + name.size - size, spaces[i], size) == 0))
            return true;
    }
    return false;
}

int account_desk_add(struct account_desk *desk, const struct account_call *call,
                     struct json *out, struct error *err)
{
    const char *name = json_get_text(call->args, "name");
    const char *role = json_get_text(call->args, "role");
    const char *password = json_get_text(call->args, "password");
    struct accounts_user user = {.disabled = false};
    struct buf clean = {0};
    int rc = 0;

    if (name == NULL || text_nfc(&clean, bytes_of_text(name)) != 0 ||
        !text_is_line(buf_bytes(&clean)) || clean.size >= ACCOUNT_NAME_BYTES)
        rc = error_set(err, ERR_INVALID,
                       "a name is one line of at most %d bytes",
                       ACCOUNT_NAME_BYTES - 1);
    else if (has_loose_space(buf_bytes(&clean)))
        rc = error_set(err, ERR_INVALID,
                       "a name neither begins nor ends with a space: nobody "
                       "could log in by it");
    if (rc == 0 && (rc = check_role(desk, role, err)) == 0 &&
        !is_stored_form(password))
        rc = error_set(err, ERR_INVALID, "not a password's hash");
    if (rc == 0) {
        memcpy(user.name, buf_text(&clean), clean.size + 1);
        memcpy(user.role, role, strlen(role) + 1);
        memcpy(user.password, password, strlen(password) + 1);
        rc = accounts_add_user(desk->accounts, &user, desk->wall_ms);
        if (rc == ERR_EXISTS)
            (void)error_set(err, rc, "there is a user \"%s\" already",
                            user.name);
        json_set_text(out, "name", user.name);
    }
    buf_free(&clean);
    return rc;
}

/* Whoever changes their own from a page shows that they are not somebody who
 * found it open. */
static int check_old(const struct account_call *call,
                     const struct accounts_user *user, struct error *err)
{
    const char *hex = json_get_text(call->args, "old");
    uint8_t proof[ACCOUNT_PROOF_BYTES];
    bool right;

    if (call->role == NULL || !account_call_is_own(call, call->actor))
        return 0;
    right = hex != NULL && hex_decode(proof, sizeof proof, hex) &&
            account_password_is(user->password, proof);
    if (call->guess != NULL)
        *call->guess = right ? GUESS_RIGHT : GUESS_WRONG;
    if (right)
        return 0;
    return error_set(err, ERR_REFUSED, "the present password is another one");
}

int account_desk_passwd(struct account_desk *desk,
                        const struct account_call *call, struct json *out,
                        struct error *err)
{
    const char *password = json_get_text(call->args, "password");
    bool own = call->session != NULL && account_call_is_own(call, call->actor);
    struct accounts_user user;
    int rc;

    if ((rc = need_user(desk, call, &user, err)) != 0 ||
        (rc = check_old(call, &user, err)) != 0)
        return rc;
    if (!is_stored_form(password))
        return error_set(err, ERR_INVALID, "not a password's hash");
    if ((rc = accounts_set_password(desk->accounts, user.name, password)) != 0)
        return rc;
    json_set_text(out, "name", user.name);
    return accounts_end_sessions(desk->accounts, user.name,
                                 own ? call->session : NULL);
}

int account_desk_disable(struct account_desk *desk,
                         const struct account_call *call, struct json *out,
                         struct error *err)
{
    struct accounts_user user;
    int rc = need_user(desk, call, &user, err);

    if (rc != 0)
        return rc;
    if (call->role != NULL && account_call_is_own(call, call->actor))
        return error_set(err, ERR_REFUSED,
                         "nobody shuts out themselves: let a colleague do it");
    if ((rc = accounts_set_disabled(desk->accounts, user.name, true)) != 0)
        return rc;
    json_set_text(out, "name", user.name);
    return accounts_end_sessions(desk->accounts, user.name, NULL);
}

int account_desk_enable(struct account_desk *desk,
                        const struct account_call *call, struct json *out,
                        struct error *err)
{
    struct accounts_user user;
    int rc = need_user(desk, call, &user, err);

    if (rc == 0)
        rc = accounts_set_disabled(desk->accounts, user.name, false);
    if (rc == 0)
        json_set_text(out, "name", user.name);
    return rc;
}

int account_desk_totp(struct account_desk *desk,
                      const struct account_call *call, struct json *out,
                      struct error *err)
{
    struct accounts_user user;
    struct error why = {""};
    int rc = need_user(desk, call, &user, err);

    if (rc != 0)
        return rc;
    if (call->role != NULL)
        rc = accounts_drop_totp(desk->accounts, user.name);
    else
        rc = desk_new_totp(desk, user.name, false, out, &why);
    if (rc != 0)
        return why.text[0] == '\0'
                   ? rc
                   : error_set(err, ERR_REFUSED, "%s", why.text);
    json_set_text(out, "name", user.name);
    return accounts_end_sessions(desk->accounts, user.name, NULL);
}
