#!/usr/bin/env bash
# Disks rot: a change is damaged at the hub, at a node, and a bit flips in the
# middle of each database. What the operator types, and what it says.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

UNITS=(quang-tho quang-phu)

take() { # UNIT SEED COUNT
    generate "$1" "$2" "$3" --days 30 >"$PLACE/in/$1.$2.jsonl"
    node "$1" report import "$PLACE/in/$1.$2.jsonl" --json \
        >"$PLACE/in/$1.$2.answers"
    same "$1: accepted" "$3" "$(grep -c '"accepted"' "$PLACE/in/$1.$2.answers")"
}
stats() { hub stats --json --by unit,village,category,state,day | jq -c '[.total, (.rows | sort)]'; }
hub_alarm_like() { hub alarm list --json | jq -r '.[].text' | grep -q "$1"; }
node_alarm_like() { node "$1" alarm list --json | jq -r '.[].text' | grep -q "$2"; }
rot() { "$BIN/lienxa-rot" "$@"; }
stop_all() {
    stop_nodes
    stop_hub
}
start_all() {
    local unit
    start_hub
    for unit in "${UNITS[@]}"; do
        start_node "$unit"
    done
}
# typed NAME COMMAND..: as the operator sees it; the exit code is in RC.
typed() {
    local shown=$1
    shift
    echo "\$ $shown"
    RC=0
    "$@" >"$PLACE/log/typed" 2>&1 || RC=$?
    sed 's/^/    /' "$PLACE/log/typed"
}
said() { grep -q -- "$1" "$PLACE/log/typed" || fail "it did not say: $1"; }

init_hub
start_hub
join_and_start "${UNITS[@]}"
for unit in "${UNITS[@]}"; do
    take "$unit" 1 300
done
hub alert issue --event 'Lũ' --severity severe --headline 'Lũ lên' \
    --text 'Lên cao.' >/dev/null
wait_until 60 delivered "${UNITS[@]}"
wait_until 30 hub_total_is 600
BEFORE=$(stats)
verify_all "${UNITS[@]}"

# ---- a change at the hub ----

stop_all
ID=$(rot change "$PLACE/hub/hub.db" 5)
typed 'lienxa-hub verify' hub verify
same 'verify finds it' 1 "$RC"
said "$ID"
said 'lienxa-hub repair'
same 'the figures stand' "$BEFORE" "$(stats)"
same 'it is not listed' 599 "$(hub report list --json | jq length)"
typed 'lienxa-hub repair' hub repair
same 'repair' 0 "$RC"
said 'fetched again'
start_all
wait_until 60 'the hub says that it is right again' hub_alarm_like 'were fetched again and are right'
typed 'lienxa-hub alarm list' hub alarm list
typed 'lienxa-hub verify' hub verify
same 'verify after it was fetched' 0 "$RC"
same 'figures' "$BEFORE" "$(stats)"
same 'all are listed' 600 "$(hub report list --json | jq length)"
pass 'a damaged change at the hub is named, fetched again and right'

# ---- a change at a node, found while it serves ----

stop_all
ID=$(rot change "$PLACE/quang-tho/node.db" 5)
start_all
wait_until 60 'the node says that it is right again' \
    node_alarm_like quang-tho 'were fetched again and are right'
typed 'lienxa-node alarm list' node quang-tho alarm list
typed 'lienxa-node verify' node quang-tho verify
same 'verify after it was fetched' 0 "$RC"
node quang-tho report show "$ID" --json | jq -e '.id and .text' >/dev/null ||
    fail "the report has lost its words"
pass 'a damaged change at a node is found by itself and fetched from the hub'

# ---- one bit ----

stop_all
ID=$(rot change "$PLACE/hub/hub.db" 1)
start_all
typed 'lienxa-hub repair' hub repair
same 'repair while it serves' 0 "$RC"
typed 'lienxa-hub verify' hub verify
same 'verify' 0 "$RC"
same 'figures' "$BEFORE" "$(stats)"
pass 'a single wrong bit is found by the hash, without asking anybody'

# ---- an object of the vault ----

vaulted() { node "$1" status --json | jq -e '.vault_backlog == 0' >/dev/null; }
for unit in "${UNITS[@]}"; do
    wait_until 60 "the vault of $unit" vaulted "$unit"
done
stop_all
ID=$(rot object "$PLACE/hub/hub.db")
typed 'lienxa-hub verify' hub verify
same 'verify finds it' 1 "$RC"
said "$ID"
said 'vault object is damaged'
typed 'lienxa-hub repair' hub repair
same 'repair' 0 "$RC"
said 'vault object(s) noted'
start_all
hub_verifies() { hub verify >/dev/null 2>&1; }
wait_until 60 'verify at the hub' hub_verifies
pass 'a damaged vault object is asked of its machine again'

# ---- a bit in the middle of each file ----

# mend PROGRAM COMMAND..: as verify says, when it says something.
mend() {
    local name=$1
    shift
    typed "$name verify" "$@" verify
    [ "$RC" != 0 ] || return 0 # a place that holds nothing
    said "$name repair"
    typed "$name repair" "$@" repair
    same "$name repair" 0 "$RC"
}
whole_again() {
    wait_until 60 delivered "${UNITS[@]}"
    wait_until 60 hub_total_is 600
    wait_until 60 'verify at the hub' hub_verifies
    same 'figures' "$BEFORE" "$(stats)"
    verify_all "${UNITS[@]}"
    same 'all are listed' 600 "$(hub report list --json | jq length)"
}

# One after the other: a change that is lost on both sides at once is lost.
stop_all
rot middle "$PLACE/hub/hub.db"
mend lienxa-hub hub
start_all
whole_again
stop_all
rot middle "$PLACE/quang-phu/node.db"
mend lienxa-node node quang-phu
start_all
whole_again
pass 'one bit in the middle of each database: figures exact, verify clean'

# ---- a page of the table of changes, whole ----

stop_all
rot page "$PLACE/hub/hub.db"
mend lienxa-hub hub
compgen -G "$PLACE/hub/hub.db.damaged-*" >/dev/null || fail 'the damaged file is gone'
start_all
whole_again
stop_all
rot page "$PLACE/quang-phu/node.db"
mend lienxa-node node quang-phu
start_all
whole_again
same 'the alert is still known' 1 "$(node quang-phu alert list --json | jq length)"
pass 'a page that cannot be read: what can be is kept, the rest comes again'

stop_all
