#!/usr/bin/env bash
# The web process under a user of its own: it reads the database, key and
# certificate of its pages, and nothing else. Only root can start it so.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

WEB=nobody OTHER=daemon UNIT=quang-tho

as() { # USER COMMAND..
    local user=$1
    shift
    setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups -- "$@"
}
if [ "$(id -u)" != 0 ]; then
    skip 'only root can give the web process a user of its own'
    exit 0
fi
for user in $WEB $OTHER; do
    id "$user" >/dev/null 2>&1 || {
        skip "there is no user $user here"
        exit 0
    }
done
chmod 711 "$PLACE"
as $WEB test -x "$BIN/lienxa-hub-web" || {
    skip "the user $WEB cannot reach $BIN"
    exit 0
}

# Whether the user may connect to the socket (what is said there is nonsense).
connects() { # USER SOCKET
    local rc=0
    as "$1" curl -s -m 2 --unix-socket "$2" http://x/ >/dev/null || rc=$?
    [ "$rc" != 7 ]
}
reads() { as "$1" cat "$2" >/dev/null 2>&1; } # USER FILE

# What the kernel shows of a process to who may look into it: keys lie in its
# memory, passwords may lie in its environment.
outside_of() { # PID
    local file
    for file in environ maps auxv io mem fd/0 exe; do
        [ "$file" = mem ] || head -c 1 "/proc/$1/$file" >/dev/null ||
            fail "the check of $file checks nothing"
        ! as $WEB head -c 1 "/proc/$1/$file" >/dev/null 2>"$PLACE/in/why" ||
            fail "$WEB reads /proc/CORE/$file"
        grep -q 'Permission denied' "$PLACE/in/why" || fail "$file: $(cat "$PLACE/in/why")"
    done
    ! as $WEB ls "/proc/$1/fd" >/dev/null 2>&1 || fail "$WEB lists the core's files"
    ! as $WEB kill -0 "$1" 2>/dev/null || fail "$WEB can signal the core"
    as $WEB timeout 10 strace -o /dev/null true || fail 'the check of ptrace checks nothing'
    as $WEB timeout 10 strace -o /dev/null -p "$1" 2>"$PLACE/in/strace" &&
        fail "$WEB traces the core"
    grep -q 'not permitted' "$PLACE/in/strace" || fail "ptrace: $(cat "$PLACE/in/strace")"
}

# The folder of a program that serves pages under that user. Whatever is in it
# and not in the list is closed to the user.
check() { # FOLDER DATABASE TABLE PID
    local file open
    outside_of "$4"
    for file in "$1"/keys/*; do
        [ -s "$file" ] || fail "$file is empty"
        ! reads $WEB "$file" || fail "$WEB reads $file"
    done
    ! as $WEB ls "$1/keys" >/dev/null 2>&1 || fail "$WEB looks into keys"
    [ -n "$(ls "$1/keys")" ] || fail 'there are no keys to be kept'
    open=" $2 $2-wal $2-shm "
    for file in "$1"/*; do
        if [ -f "$file" ]; then
            case $open in
            *" ${file##*/} "*) reads $WEB "$file" || fail "$file is closed" ;;
            *) ! reads $WEB "$file" || fail "$WEB reads $file" ;;
            esac
        fi
    done
    [ -S "$1/control.sock" ] || fail 'where is control.sock?'
    connects root "$1/control.sock" || fail 'the check of sockets checks nothing'
    ! connects $WEB "$1/control.sock" || fail 'control.sock takes the web'
    [ -S "$1/web.sock" ] || fail 'where is web.sock?'
    connects $WEB "$1/web.sock" || fail 'web.sock does not take the web'
    as $WEB sqlite3 -batch "file:$1/$2?mode=ro" "SELECT count(*) FROM $3" |
        grep -qE '^[1-9]' || fail "$2 cannot be read"
    for file in '' -wal -shm; do
        ! as $WEB dd if=/dev/null of="$1/$2$file" conv=notrunc 2>/dev/null ||
            fail "$2$file can be opened to write"
    done
    ! as $WEB sqlite3 -batch "$1/$2" 'CREATE TABLE mine (a)' 2>/dev/null ||
        fail "$2 can be written"
    ! as $WEB mv "$1/$2" "$1/away" 2>/dev/null || fail "$2 can be moved"
    ! as $WEB touch "$1/mine" 2>/dev/null || fail 'files can be made'
    ! as $WEB touch "$1/web/mine" 2>/dev/null || fail 'files can be made in web'
    for file in tls.key tls.crt ca.crt; do
        reads $WEB "$1/web/$file" || fail "web/$file is closed to the web"
    done
    ! reads $OTHER "$1/web/tls.key" || fail 'anybody reads tls.key'
    ! reads $OTHER "$1/$2" || fail "anybody reads $2"
}

served_by() { # LOG: the pages answer, and their process is that user's
    local port pid
    port=$(grep -o 'address=127.0.0.1:[0-9]*' "$1" | tail -n 1 | sed 's/.*://')
    pid=$(grep -o 'web.started pid=[0-9]*' "$1" | tail -n 1 | sed 's/.*=//')
    [ -n "$port" ] && [ -n "$pid" ] &&
        curl -sk -o /dev/null "https://127.0.0.1:$port/ca.crt" &&
        grep -q "^Uid:[[:space:]]*$(id -u $WEB)[[:space:]]" "/proc/$pid/status" &&
        grep -q '^Groups:[[:space:]]*$' "/proc/$pid/status"
}

# ---- the hub ----

init_hub
start "$PLACE/log/hub.log" "$BIN/lienxa-hub" --data "$PLACE/hub" serve \
    --express tcp://127.0.0.1:0 --bulk tcp://127.0.0.1:0 \
    --enrol tcp://127.0.0.1:0 --web 127.0.0.1:0 --web-user $WEB
HUB_PID=$STARTED
wait_until 30 "the hub's pages under their user" served_by "$PLACE/log/hub.log"
check "$PLACE/hub" hub.db unit "$HUB_PID"
pass "the hub's web process reads its database and no key"

# ---- a node ----

join_node $UNIT
start "$PLACE/log/$UNIT.log" "$BIN/lienxa-node" --data "$PLACE/$UNIT" serve \
    --web 127.0.0.1:0 --web-user $WEB
NODE_PIDS[$UNIT]=$STARTED
wait_until 30 "the node's pages under their user" \
    served_by "$PLACE/log/$UNIT.log"
check "$PLACE/$UNIT" node.db setting "${NODE_PIDS[$UNIT]}"
as $WEB touch "$PLACE/$UNIT/upload/mine" || fail 'nothing can be handed in'
! as $OTHER ls "$PLACE/$UNIT/upload" 2>/dev/null || fail 'anybody sees what is handed in'
! as $WEB ls "$PLACE/$UNIT/media" 2>/dev/null || fail "$WEB sees the files of reports"
pass "a node's web process reads its database and no key"

# ---- a node that is being set up ----

FRESH=$PLACE/fresh
start "$PLACE/log/fresh.log" "$BIN/lienxa-node" --data "$FRESH" serve --setup \
    --web 127.0.0.1:0 --web-user $WEB
wait_until 30 "the set-up page under its user" served_by "$PLACE/log/fresh.log"
for file in tls.key tls.crt; do
    reads $WEB "$FRESH/setup/web/$file" || fail "setup/web/$file is closed"
done
[ -s "$FRESH/setup/code" ] || fail 'no code was kept'
! reads $WEB "$FRESH/setup/code" || fail "$WEB reads the codes' hashes"
! reads $OTHER "$FRESH/setup/web/tls.key" || fail 'anybody reads tls.key'
! as $WEB touch "$FRESH/setup/mine" 2>/dev/null || fail 'files can be made'
connects $WEB "$FRESH/setup/web.sock" || fail 'web.sock does not take the web'
! connects $OTHER "$FRESH/setup/web.sock" || fail 'web.sock takes anybody'
! connects $WEB "$FRESH/control.sock" || fail 'control.sock takes the web'
pass 'while it is being set up its web process has a key of TLS and nothing else'
