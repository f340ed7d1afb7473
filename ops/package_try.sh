#!/usr/bin/env bash
# ops/package_try.sh - inside a clean Debian 12 (ops/package --try), beside the
# packages of two versions: a district from installation to purge. There is no
# systemd in charge here: the services' own lines are started as their users,
# without privileges; what only systemd does (the cage, restarts) is not seen.
set -euo pipefail
cd "$(dirname "$0")"

say() { printf '[%4d s] %s\n' "$SECONDS" "$*"; }
fail() {
    printf 'FAILED: %s\n' "$*" >&2
    tail -n 15 /tmp/*.log >&2 || true
    exit 1
}
wait_until() { # WHAT COMMAND..
    local what=$1 end=$((SECONDS + 60))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || fail "in vain for 60 s: $what"
        sleep 0.3
    done
}
apt() { DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" </dev/null >>/tmp/apt.log 2>&1 || fail "apt-get $*: $(tail -n 5 /tmp/apt.log)"; }

declare -A PIDS=()

# serve UNIT: its ExecStart as systemd reads it: Environment=, then the file of
# /etc/default, $NAME split into words; as User= and Group=, with no privileges.
serve() {
    local unit=$1 file=/lib/systemd/system/$1.service user group line
    user=$(sed -n 's/^User=//p' "$file")
    group=$(sed -n 's/^Group=//p' "$file")
    line=$(sed -n 's/^ExecStart=//p' "$file")
    (
        set -a
        eval "$(sed -n 's/^Environment=//p' "$file" | tr ' ' '\n')"
        # shellcheck source=/dev/null
        . "$(sed -n 's/^EnvironmentFile=-//p' "$file")"
        set +a
        umask 077
        # shellcheck disable=SC2086 # into words, as systemd does
        eval exec setpriv --reuid "$user" --regid "$group" --clear-groups \
            --no-new-privs --bounding-set=-all --inh-caps=-all -- $line
    ) >>"/tmp/$unit.log" 2>&1 &
    PIDS[$unit]=$!
}
end() { # UNIT..
    local unit
    for unit in "$@"; do
        kill -TERM "${PIDS[$unit]}"
        wait "${PIDS[$unit]}" || true
        unset "PIDS[$unit]"
    done
}
kill_all() {
    local pid
    for pid in "${PIDS[@]}"; do
        kill -KILL "$pid" 2>/dev/null || true
    done
}
trap kill_all EXIT

page() { curl -sk -m 10 -o /dev/null "https://$1/"; }
total_is() { [ "$(lienxa-hub stats --json | jq .total)" = "$1" ]; }

# ---- installing

apt update
apt install --no-install-recommends jq curl ca-certificates procps
apt install --no-install-recommends ./lienxa-hub_*-1_*.deb ./lienxa-node_*-1_*.deb
for user in lienxa-hub lienxa-hub-web lienxa-node lienxa-node-web; do
    [ "$(id -gn "$user")" = "${user%-web}" ] || fail "user $user"
done
for program in hub node; do
    [ "$(stat -c '%U %G %a' /var/lib/lienxa-$program)" = "lienxa-$program lienxa-$program 710" ] ||
        fail "folder of $program: $(stat -c '%U %G %a' /var/lib/lienxa-$program)"
    lienxa-$program --version
done
dpkg -V lienxa-hub lienxa-node
say 'installed: users, folders, services, manuals'

# ---- the set-up page waits, as a service would show it

serve lienxa-hub
serve lienxa-hub-web
wait_until 'the set-up page' page 127.0.0.1:8443
grep -q 'set-up code' /tmp/lienxa-hub.log || fail 'no code'
end lienxa-hub-web lienxa-hub
rm -rf /var/lib/lienxa-hub/*
say 'the page that sets a hub up is shown by its own service'

# ---- a district; root types, the services' users own what comes of it

lienxa-hub init --name 'Quảng Điền' \
    --roster /usr/share/doc/lienxa-hub/examples/roster-quang-dien.csv >/tmp/shares
sed -i 's/^OPTIONS=.*/OPTIONS=/; s/^METRICS=.*/METRICS=127.0.0.1:9471/' /etc/default/lienxa-hub
serve lienxa-hub
serve lienxa-hub-web
wait_until 'the hub answers' lienxa-hub address --json
token=$(lienxa-hub node invite quang-tho --advertise 127.0.0.1 2>/dev/null | tail -n 1)
lienxa-node join "$token" >/tmp/recovery
serve lienxa-node
serve lienxa-node-web
wait_until 'the pages of the hub' page 127.0.0.1:8443
wait_until 'the pages of the node' page 127.0.0.1:8444
lienxa-node report add --category chay_no --urgent --text 'Cháy rừng' >/dev/null
lienxa-node report add --category trom_cap --text 'Mất xe' >/dev/null
wait_until 'two reports arrive' total_is 2
wait_until 'the hub is well' bash -c "[ \"\$(curl -s http://127.0.0.1:9471/healthz)\" = ok ]"
! find /var/lib/lienxa-hub /var/lib/lienxa-node -user root | grep . || fail 'root owns files'
! setpriv --reuid lienxa-hub-web --regid lienxa-hub --clear-groups -- \
    cat /var/lib/lienxa-hub/keys/* >/dev/null 2>&1 || fail 'the pages read keys'
[ "$(ps -o user= -p "${PIDS[lienxa-hub-web]}" | tr -d ' ' | cut -c1-7)" = lienxa- ] || fail 'who shows the pages?'
say 'a node has joined, reports arrive, pages and figures are there'

# ---- an upgrade while it serves; then the new program with the old data

apt install --no-install-recommends ./lienxa-hub_*-2_*.deb ./lienxa-node_*-2_*.deb
[ "$(dpkg-query -W -f '${Version}' lienxa-hub)" = "$(dpkg-deb -f ./lienxa-hub_*-2_*.deb Version)" ] || fail 'version'
grep -q 9471 /etc/default/lienxa-hub || fail 'what was set in /etc/default is gone'
end lienxa-node-web lienxa-node lienxa-hub-web lienxa-hub
for unit in lienxa-hub lienxa-hub-web lienxa-node lienxa-node-web; do serve $unit; done
wait_until 'the hub answers' lienxa-hub address --json
lienxa-node report add --category trom_cap --text 'Mất gà' >/dev/null
wait_until 'three reports' total_is 3
wait_until 'the pages of the hub' page 127.0.0.1:8443
lienxa-hub verify || fail 'hub verify'
lienxa-node verify || fail 'node verify'
say 'upgraded with its data, verified'

# ---- removed: data stays; installed again: it goes on; purged: it is gone

end lienxa-node-web lienxa-node lienxa-hub-web lienxa-hub
apt remove lienxa-hub lienxa-node
for file in hub/hub.db node/node.db; do
    [ -s /var/lib/lienxa-$file ] || fail "remove took $file"
done
[ ! -e /usr/bin/lienxa-hub ] || fail 'remove left programs'
apt install --no-install-recommends ./lienxa-hub_*-2_*.deb
total_is 3 || fail 'not the same data after installing again'
lienxa-hub verify || fail 'verify'
say 'removed and installed again: the data stayed'
apt purge lienxa-hub lienxa-node
for path in /var/lib/lienxa-hub /var/lib/lienxa-node /etc/default/lienxa-hub \
    /etc/default/lienxa-node /lib/systemd/system/lienxa-hub.service; do
    [ ! -e "$path" ] || fail "purge left $path"
done
say 'purged: nothing is left'
