#!/usr/bin/env bash
# The Debian packages, cheaply: both are built from the programs that are here,
# hold what they should with the modes they should, their scripts are sound, the
# manual pages name every command, lintian finds no error. That they install,
# upgrade and go is ops/package --try, which takes minutes and a registry.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# What ops/install puts in the way of services holds for its own apt-get alone,
# and goes when anybody else asks: also when ops/install was killed.
sed -n '/^#!\/bin\/sh$/,/^exit 0$/p' "$OPS_ROOT/ops/install" >"$PLACE/in/policy-rc.d"
chmod 755 "$PLACE/in/policy-rc.d"
asked() { # ENVIRONMENT..: what it says
    local rc=0
    env "$@" "$PLACE/in/policy-rc.d" lienxa-hub start || rc=$?
    echo "$rc"
}
same 'to our own apt-get' 101 "$(asked LIENXA_INSTALLING=yes)"
same 'to the same again' 101 "$(asked LIENXA_INSTALLING=yes)"
same 'to somebody else' 0 "$(asked LIENXA_INSTALLING=)"
[ ! -e "$PLACE/in/policy-rc.d" ] || fail 'it is still there'
pass "an installation that was killed holds nobody's services"

BUILD=$(cd "$BIN/.." && pwd)
OUT=$PLACE/packages
for tool in cpack dpkg-deb dpkg-shlibdeps; do
    command -v $tool >/dev/null || {
        skip "there is no $tool here"
        exit 0
    }
done
if watched; then
    skip 'packages are made of the release build'
    exit 0
fi
[ -s "$BUILD/manual/lienxa-hub.1.gz" ] || fail 'the manual pages were not built'
(umask 022 && cd "$BUILD" && cpack -G DEB -B "$OUT") >"$PLACE/log/cpack.log" 2>&1 ||
    fail "cpack: $(tail -n 3 "$PLACE/log/cpack.log")"

# A line of `dpkg-deb -c` without date and size.
contents() { dpkg-deb -c "$1" | awk '{ print $1, $2, $6 }'; } # DEB
holds() {                                                     # LINE: in contents of DEB
    grep -qxF -- "$1" "$PLACE/in/contents" || fail "$NAME lacks: $1"
}

for NAME in lienxa-hub lienxa-node; do
    DEB=$(echo "$OUT/${NAME}"_*.deb)
    [ -s "$DEB" ] || fail "no package $NAME"
    contents "$DEB" >"$PLACE/in/contents"
    holds "-rwxr-xr-x root/root ./usr/bin/$NAME"
    holds "-rwxr-xr-x root/root ./usr/bin/$NAME-web"
    holds "-rw-r--r-- root/root ./lib/systemd/system/$NAME.service"
    holds "-rw-r--r-- root/root ./lib/systemd/system/$NAME-web.service"
    holds "-rw-r--r-- root/root ./usr/lib/sysusers.d/$NAME.conf"
    holds "-rw-r--r-- root/root ./usr/lib/tmpfiles.d/$NAME.conf"
    holds "-rw-r--r-- root/root ./etc/default/$NAME"
    holds "-rw-r--r-- root/root ./usr/share/man/man1/$NAME.1.gz"
    holds "-rw-r--r-- root/root ./usr/share/doc/$NAME/RUNBOOK.md.gz"
    ! grep -vE '^.{10} root/root' "$PLACE/in/contents" || fail 'not all of it is root'
    ! grep -E '/var/|lienxa-(sim|hostile|caged)' "$PLACE/in/contents" || fail 'too much in it'
    same 'what is kept when changed' "/etc/default/$NAME" "$(dpkg-deb -I "$DEB" conffiles)"
    dpkg-deb -f "$DEB" Depends | grep -q 'libzmq5 (>= ' || fail 'libraries are not named'
    for script in postinst prerm postrm; do
        dpkg-deb -I "$DEB" $script >"$PLACE/in/$NAME.$script"
        sh -n "$PLACE/in/$NAME.$script" || fail "$script of $NAME"
    done
    # Data goes on purge and at no other time.
    same 'where data is removed' 1 "$(cat "$PLACE/in/$NAME".* | grep -c 'rm -rf')"
    sed -n '/^purge)/,/;;/p' "$PLACE/in/$NAME.postrm" | grep -qx "    rm -rf /var/lib/$NAME" ||
        fail 'purge does not remove the data'
    dpkg-deb -x "$DEB" "$PLACE/in/$NAME"
    zcat "$PLACE/in/$NAME/usr/share/man/man1/$NAME.1.gz" >"$PLACE/in/$NAME.1"
    "$BIN/$NAME" --help | sed -n 's/^  \([a-z][a-z -]*[a-z]\).*/\1/p' | while read -r command; do
        grep -qF -- ".SS ${command%% --*}" "$PLACE/in/$NAME.1" ||
            fail "the manual of $NAME does not know: $command"
    done
    if command -v systemd-sysusers >/dev/null; then
        mkdir -p "$PLACE/in/$NAME/etc"
        systemd-sysusers --root="$PLACE/in/$NAME" >"$PLACE/log/sysusers" 2>&1 ||
            fail "sysusers: $(cat "$PLACE/log/sysusers")"
        same 'users' 2 "$(grep -c "^$NAME" "$PLACE/in/$NAME/etc/passwd")"
    fi
    if command -v lintian >/dev/null; then
        lintian --allow-root --fail-on error "$DEB" >"$PLACE/log/lintian" 2>&1 ||
            fail "lintian: $(cat "$PLACE/log/lintian")"
    fi
done
pass 'both packages hold what they should'
