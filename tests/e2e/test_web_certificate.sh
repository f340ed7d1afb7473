#!/usr/bin/env bash
# The certificates of the web pages: the hub is their authority, a node gets one
# when it joins and again by itself, the authority survives in the backup.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

UNIT=quang-tho

# What the openssl command says about DATA/web of a folder, asked for a name.
vouches() { # AUTHORITY FOLDER NAME
    openssl verify -x509_strict -purpose sslserver -CAfile "$1" \
        -verify_hostname "$3" "$2/web/tls.crt" >/dev/null 2>&1
}
hub_mark() { hub web certificate --json | jq -r .authority.fingerprint; }
node_web() { node "$UNIT" web certificate --json | jq -r "$1"; }
is_trusted() { [ "$(node_web .trusted)" = true ]; }
alarmed() { # whether the node says that browsers warn
    node "$UNIT" alarm list --json | jq -e \
        'any(.[]; .text | contains("browsers warn"))' >/dev/null
}
not_alarmed() { ! alarmed; }
# The node with its pages, on the port of last time.
start_pages() {
    start "$PLACE/log/$UNIT.log" "$BIN/lienxa-node" --data "$NODE" serve \
        --web 127.0.0.1:0
    NODE_PIDS[$UNIT]=$STARTED
    wait_until 30 'the pages are there' pages_at
}
pages_at() { # their port, in PORT
    PORT=$(grep -o 'web.started .*address=127.0.0.1:[0-9]*' \
        "$PLACE/log/$UNIT.log" | tail -n 1 | sed 's/.*://')
    [ -n "$PORT" ] && curl -sk -o /dev/null "https://127.0.0.1:$PORT/ca.crt"
}
browse() { # AUTHORITY NAME PATH: as a browser that trusts the authority
    curl -s -m 10 --cacert "$1" --resolve "$2:$PORT:127.0.0.1" \
        "https://$2:$PORT$3"
}
served_as() { browse "$HUB/web/ca.crt" "$1" /ca.crt >/dev/null; }

# ---- the hub ----

init_hub
HUB=$PLACE/hub
vouches "$HUB/web/ca.crt" "$HUB" localhost || fail 'the hub for localhost'
vouches "$HUB/web/ca.crt" "$HUB" hub.lienxa.internal || fail 'the hub by name'
! vouches "$HUB/web/ca.crt" "$HUB" hub.huyen.example || fail 'a name too many'
same 'fingerprint' "$(openssl x509 -in "$HUB/web/ca.crt" -noout -fingerprint \
    -sha256 | cut -d= -f2)" "$(hub_mark)"
same 'modes' '600 600 600 644' "$(stat -c %a "$HUB/keys/ca.key" \
    "$HUB/keys/ca.crt" "$HUB/web/tls.key" "$HUB/web/tls.crt" | paste -sd' ')"
pass 'init makes an authority and the hub a certificate that openssl believes'

start_hub
MARK=$(hub_mark)
hub web certificate --name hub.huyen.example --name 198.51.100.7 >/dev/null
vouches "$HUB/web/ca.crt" "$HUB" hub.huyen.example || fail 'the new name'
refused hub web certificate --name 'https://hub'
grep -q 'not a host name' <<<"$REASON" || fail "said: $REASON"
same 'the authority' "$MARK" "$(hub_mark)"
pass 'more names are certified while the hub serves'

# ---- a node ----

join_node "$UNIT"
NODE=$PLACE/$UNIT
is_trusted || fail 'joining brought no certificate'
cmp -s "$HUB/web/ca.crt" "$NODE/web/ca.crt" || fail 'another authority'
vouches "$HUB/web/ca.crt" "$NODE" "$UNIT.lienxa.internal" || fail 'its own name'
vouches "$HUB/web/ca.crt" "$NODE" localhost || fail 'localhost'
! vouches "$HUB/web/ca.crt" "$NODE" hub.lienxa.internal || fail "the hub's name"
openssl pkey -in "$NODE/web/tls.key" -pubout 2>/dev/null |
    cmp -s - <(openssl x509 -in "$NODE/web/tls.crt" -noout -pubkey) ||
    fail 'key and certificate are not of each other'
pass 'a node gets a certificate by joining'

start_pages
wait_until 30 'the node is online' units_online "$UNIT"
browse "$HUB/web/ca.crt" "$UNIT.lienxa.internal" /ca.crt |
    cmp -s - "$HUB/web/ca.crt" || fail '/ca.crt is not the authority'
! browse "$HUB/web/ca.crt" moi.lan / >/dev/null || fail 'a name too many'
pass 'who trusts the authority opens the pages without a warning'

node "$UNIT" web certificate --name moi.lan --name bank.example >/dev/null
wait_until 60 'the new name is certified' \
    vouches "$HUB/web/ca.crt" "$NODE" moi.lan
wait_until 30 'the pages are served with it' \
    served_as moi.lan
! vouches "$HUB/web/ca.crt" "$NODE" bank.example || fail 'a bank'
hub web certificate --node-domain huyen.example >/dev/null
node "$UNIT" web certificate --name may.huyen.example >/dev/null
wait_until 60 'the opened domain is certified' \
    vouches "$HUB/web/ca.crt" "$NODE" may.huyen.example
! vouches "$HUB/web/ca.crt" "$NODE" bank.example || fail 'a bank'
pass 'a serving node asks again when it has another name, and gets what it may'

stop_node "$UNIT"
rm -r "$NODE/web"
start_pages
wait_until 60 'a certificate came by itself' is_trusted
! alarmed || fail 'an alarm about what was mended at once'
pass 'a node without a certificate gets one by itself'

# ---- without the hub ----

stop_node "$UNIT"
rm -r "$NODE/web"
mv "$NODE/keys/certificate" "$PLACE/certificate" # as one of before had none
start_pages
wait_until 30 'the alarm' alarmed
same 'trusted' false "$(node_web .trusted)"
[ ! -e "$NODE/web/ca.crt" ] || fail 'an authority of nobody'
openssl verify -CAfile "$NODE/web/tls.crt" -verify_hostname localhost \
    "$NODE/web/tls.crt" >/dev/null 2>&1 || fail 'it is no certificate'
node "$UNIT" alarm list --json | grep -qF "$(node_web .fingerprint)" ||
    fail 'the alarm names another fingerprint'
pass 'a node that cannot ask has one of its own making, and says so'

stop_node "$UNIT"
TOKEN=$(hub node invite "$UNIT" --advertise 127.0.0.1 2>/dev/null | tail -n 1)
node "$UNIT" join "$TOKEN" >/dev/null 2>&1 || fail 'it could not join again'
is_trusted || fail 'joining again brought no certificate'
start_node "$UNIT"
wait_until 30 'the alarm is over' not_alarmed
pass 'joining again puts it right'

# ---- backup, and a hub of before ----

hub backup "$PLACE/hub.copy" >/dev/null 2>&1
stop_nodes
stop_hub
! grep -aq 'PRIVATE KEY' "$PLACE/hub.copy" || fail 'the key is readable'
grep '^share ' "$PLACE/log/hub.init" |
    "$BIN/lienxa-hub" restore "$PLACE/hub.copy" --revoked none \
        --data "$PLACE/again" >/dev/null 2>"$PLACE/log/restore.log" ||
    fail 'the copy could not be restored'
cmp -s "$HUB/keys/ca.key" "$PLACE/again/keys/ca.key" || fail 'another key'
same 'restored authority' "$MARK" "$("$BIN/lienxa-hub" web certificate \
    --data "$PLACE/again" --json | jq -r .authority.fingerprint)"
vouches "$HUB/web/ca.crt" "$PLACE/again" hub.huyen.example ||
    fail 'its certificate is not made anew'
pass 'the authority comes back from the copy'

rm -r "$HUB/web" "$HUB/keys/ca.key" "$HUB/keys/ca.crt"
start_hub
[ -s "$HUB/web/tls.crt" ] || fail 'nothing was made'
vouches "$HUB/web/ca.crt" "$HUB" hub.huyen.example || fail 'names were lost'
[ "$(hub_mark)" != "$MARK" ] || fail 'how can that be?'
pass 'a hub of before gets an authority when it serves'
