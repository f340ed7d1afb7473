#!/usr/bin/env bash
# The units of ops/systemd: how much they expose as systemd itself reckons, that
# systemd can read them, that each program lives under its unit's system call
# filter, and that one whose loop hangs is started again. What this cannot show
# (there is no systemd in charge here): file system and network of the cages.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

UNITS=$OPS_ROOT/ops/systemd

# ---- what systemd says of them ----

command -v systemd-analyze >/dev/null || {
    skip 'there is no systemd-analyze here'
    exit 0
}
for unit in "$UNITS"/*.service; do
    systemd-analyze security --offline=yes --threshold=15 --no-pager "$unit" \
        >"$PLACE/log/score" || fail "${unit##*/}: $(tail -n 1 "$PLACE/log/score")"
    figure "$(tail -n 1 "$PLACE/log/score" | grep -oE 'lienxa.*[0-9]\.[0-9]')"
done
pass 'the units expose 1.5 or less of 10'

# Beside programs of their names, and manual pages it would look for.
mkdir -p "$PLACE/root/usr/bin"
for program in hub hub-web node node-web; do
    ln -s /bin/true "$PLACE/root/usr/bin/lienxa-$program"
done
for unit in "$UNITS"/*.service; do
    sed "s|^ExecStart=|ExecStart=$PLACE/root|; /^Documentation=/d" "$unit" \
        >"$PLACE/root/${unit##*/}"
done
(cd "$PLACE/root" && SYSTEMD_UNIT_PATH="$PLACE/root:" systemd-analyze verify ./*.service) \
    >"$PLACE/log/verify" 2>&1 || fail "verify: $(cat "$PLACE/log/verify")"
! grep -F "$PLACE/root" "$PLACE/log/verify" || fail 'verify finds fault'
pass 'systemd understands every line of them'

# ---- under their filters ----

# filter_of UNIT: the calls that its SystemCallFilter lines leave, in their
# order, sets within sets taken apart.
filter_of() {
    awk '
        function each(set, what,    list, n, i) {
            if (set !~ /^@/) { allowed[set] = what; return }
            n = split(sets[set], list, " ")
            for (i = 1; i <= n; i++) each(list[i], what)
        }
        NR == FNR && /^@/ { set = $1; next }
        NR == FNR && /^    [^#]/ { sets[set] = sets[set] " " $1; next }
        NR == FNR { next }
        FNR == 1 { each("@default", 1) }
        sub(/^SystemCallFilter=/, "") {
            what = !sub(/^~/, "")
            n = split($0, words, " ")
            for (i = 1; i <= n; i++) each(words[i], what)
        }
        END { for (call in allowed) if (allowed[call]) print call }
    ' "$PLACE/in/sets" "$1"
    # SQLite does so as root only, which the services are not.
    [ "$(id -u)" != 0 ] || echo fchown
}
families_of() {
    sed -n 's/^RestrictAddressFamilies=//p' "$1" | tr ' ' '\n' |
        sed 's/AF_UNIX/1/; s/AF_INET6/10/; s/AF_INET/2/; s/AF_NETLINK/16/' | paste -sd,
}

systemd-analyze syscall-filter --no-pager >"$PLACE/in/sets"
for unit in "$UNITS"/*.service; do
    name=$(basename "$unit" .service)
    filter_of "$unit" >"$PLACE/in/$name.calls"
    [ "$(wc -l <"$PLACE/in/$name.calls")" -gt 150 ] || fail "$name: too few calls"
done
if watched; then
    skip 'programs with sanitizers need calls of their own'
    exit 0
fi
! "$BIN/lienxa-caged" "$PLACE/in/lienxa-hub.calls" 1,2 /bin/chown root "$PLACE/in" \
    2>/dev/null || fail 'the cage holds nothing'

"$BIN/lienxa-picture" 200 'May anh' >"$PLACE/in/picture.jpg"
"$BIN/lienxa-caged" "$PLACE/in/lienxa-node-web.calls" 1,2,10 \
    "$BIN/lienxa-node-media" --small <"$PLACE/in/picture.jpg" >"$PLACE/in/small.jpg" ||
    fail 'no picture can be looked at within the cage of the pages'
[ "$(head -c 3 "$PLACE/in/small.jpg" | xxd -p)" = ffd8ff ] || fail 'the small picture is no JPEG'

# supervised LOG WATCHDOG_MS PROGRAM ARGUMENT..: its id in STARTED
supervised() {
    local log=$1 watchdog=$2 name=$3
    shift 3
    start "$PLACE/log/$log" "$BIN/lienxa-supervise" "$PLACE/in/$name.notify" \
        "$watchdog" "$BIN/lienxa-caged" "$PLACE/in/$name.calls" \
        "$(families_of "$UNITS/$name.service")" "$BIN/$name" "$@"
}
says() { grep -q -- "$2" "$PLACE/log/$1"; } # LOG WORDS
times() { # LOG WORDS COUNT
    [ "$(grep -c -- "$2" "$PLACE/log/$1")" -ge "$3" ]
}
pid_in() { sed -n 's/^pid //p' "$PLACE/log/$1" | tail -n 1; } # LOG
page() { # LOG: what its pages answer
    local port
    port=$(sed -n 's/.*web.listening address=127.0.0.1:\([0-9]*\).*/\1/p' \
        "$PLACE/log/$1" | tail -n 1)
    [ -n "$port" ] && curl -sk -m 10 -o /dev/null "https://127.0.0.1:$port/"
}

ME=$(id -un)
# The pages come first, and wait: services start in any order.
supervised hub-web.log 20000 lienxa-hub-web --data "$PLACE/hub" serve --service \
    --listen 127.0.0.1:0
wait_until 30 'the pages wait' says hub-web.log 'STATUS=waits for the core'
init_hub
supervised hub.log 1500 lienxa-hub --data "$PLACE/hub" serve \
    --express tcp://127.0.0.1:0 --bulk tcp://127.0.0.1:0 --enrol tcp://127.0.0.1:0 \
    --web 127.0.0.1:1 --web-service --web-user "$ME"
wait_until 30 'the hub is ready' says hub.log 'said READY=1'
wait_until 30 "the hub's pages" page hub-web.log
join_node quang-tho
supervised node.log 20000 lienxa-node --data "$PLACE/quang-tho" serve \
    --web 127.0.0.1:1 --web-service --web-user "$ME"
supervised node-web.log 20000 lienxa-node-web --data "$PLACE/quang-tho" serve \
    --service --listen 127.0.0.1:0
wait_until 30 'the node is online' units_online quang-tho
wait_until 30 "the node's pages" page node-web.log
wait_until 30 'the hub says who is there' says hub.log 'said STATUS=1 of 10 units'
wait_until 30 'the node says so' says node.log 'said STATUS=on the line'
printf 'a long pass phrase\n' | node quang-tho user add an --role officer >/dev/null
node quang-tho report add --category chay_no --urgent --text 'Cháy rừng' >/dev/null
node quang-tho report add --category trom_cap --text 'Mất xe' >/dev/null
wait_until 30 'reports arrive' hub_total_is 2
hub alert issue --event flood --headline 'Lũ' --text 'Sơ tán' --severity extreme >/dev/null
wait_until 30 'the alert arrives' bash -c \
    "'$BIN/lienxa-node' --data '$PLACE/quang-tho' alert list --json | jq -e 'length == 1'"
pass 'hub, node and both web processes live in their cages'

# ---- the watchdog ----

FIRST=$(pid_in hub.log)
kill -STOP "$FIRST"
wait_until 30 'the hung hub is noticed' says hub.log "hung $FIRST"
wait_until 30 'it is started again' times hub.log 'said READY=1' 2
[ "$(pid_in hub.log)" != "$FIRST" ] || fail 'the same process?'
wait_until 60 'the node comes back' units_online quang-tho
node quang-tho report add --category trom_cap --text 'Mất gà' >/dev/null
wait_until 30 'and delivers' hub_total_is 3
wait_until 30 "the hub's pages" page hub-web.log
pass 'a hub whose loop hangs is started again, and the commune comes back'

stop "${OPS_PIDS[@]}" || fail 'a supervisor did not end'
for log in hub node hub-web node-web; do
    says $log.log 'said STOPPING=1' || fail "$log did not say that it stops"
    ! says $log.log 'ended 159' || fail "$log was killed by its filter"
    [ "$(grep '^ended' "$PLACE/log/$log.log" | tail -n 1)" = 'ended 0' ] ||
        fail "$log: $(grep '^ended' "$PLACE/log/$log.log" | tail -n 1)"
done
verify_all quang-tho
pass 'they end in good order, and no call of theirs was missed'
