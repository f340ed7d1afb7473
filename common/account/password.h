/* common/account/password.h - passwords in proof form.
 *
 *   proof  = argon2id(password in NFC, salt, 3 passes, 64 MiB), 32 bytes
 *   stored = "proof1$" SALT-HEX "$" SHA-256(proof)-HEX
 *
 * Who has the password as typed (the command line, the web's one slow worker)
 * makes the proof; the core compares SHA-256 of it, in no time, and never sees
 * a password. What is stored does not let anybody in. Texts of earlier versions
 * ("$argon2id$..") hold the same salt and proof: they are accepted once and
 * replaced.
 */
#ifndef LIENXA_ACCOUNT_PASSWORD_H
#define LIENXA_ACCOUNT_PASSWORD_H

#include "common/crypto/seal.h"

enum {
    ACCOUNT_PROOF_BYTES = 32,
    ACCOUNT_PASSWORD_LEAST = 10, /* characters */
    ACCOUNT_PASSWORD_PASSES = 3,
    ACCOUNT_PASSWORD_MEMORY = 64 << 20 /* bytes */
};

/* 0, or ERR_INVALID in words: too short, too long, not UTF-8. Appends the NFC
 * form to `out` (wipe it). */
int account_password_clean(struct buf *out, const char *typed,
                           struct error *err);

/* Slow: what session.open wants of a password as typed. ERR_INVALID: cannot be
 * anybody's password. ERR_CRYPTO: no 64 MiB to be had. */
int account_password_proof(uint8_t out[ACCOUNT_PROOF_BYTES],
                           const uint8_t salt[PASSWORD_SALT_BYTES],
                           const char *typed);

/* Slow: what user.add and user.passwd want of a new password as typed (their
 * argument "password"). As account_password_clean, and ERR_CRYPTO. */
int account_password_make(char out[PASSWORD_TEXT_BYTES], const char *typed,
                          struct error *err);

/* Quick, for the core. False: not a stored password of either form. */
bool account_password_salt(uint8_t out[PASSWORD_SALT_BYTES],
                           const char *stored);
bool account_password_is(const char *stored,
                         const uint8_t proof[ACCOUNT_PROOF_BYTES]);
/* Of an earlier version: to be replaced by account_password_text. */
bool account_password_is_old(const char *stored);
void account_password_text(char out[PASSWORD_TEXT_BYTES],
                           const uint8_t salt[PASSWORD_SALT_BYTES],
                           const uint8_t proof[ACCOUNT_PROOF_BYTES]);

#endif
