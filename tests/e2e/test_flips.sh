#!/usr/bin/env bash
# A random bit is turned in a hub's and in a node's database, again and again:
# what verify shows, what repair makes of it, and what the other side then gives
# (tests/support/flips_main.c). LIENXA_FLIPS=200 for a long run.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

UNITS=(quang-tho quang-phu)
FLIPS=${LIENXA_FLIPS:-40}
SEED=${LIENXA_SEED:-1}

vaulted() { node "$1" status --json | jq -e '.vault_backlog == 0' >/dev/null; }
take() { # UNIT COUNT
    generate "$1" 1 "$2" --days 30 >"$PLACE/in/$1.jsonl"
    node "$1" report import "$PLACE/in/$1.jsonl" >/dev/null
}

init_hub
start_hub
join_and_start "${UNITS[@]}"
for unit in "${UNITS[@]}"; do
    take "$unit" 1000
done
hub alert issue --event 'Lũ' --severity severe --headline 'Lũ lên' \
    --text 'Lên cao.' >/dev/null
wait_until 60 delivered "${UNITS[@]}"
wait_until 60 hub_total_is 2000
for unit in "${UNITS[@]}"; do
    wait_until 120 "the vault of $unit" vaulted "$unit"
done
hub node rotate quang-tho >/dev/null
wait_until 60 delivered "${UNITS[@]}"
stop_nodes
stop_hub

flip() { # hub|node FOLDER
    mkdir "$PLACE/scratch-$1"
    cp -r "$PLACE/$2/keys" "$PLACE/scratch-$1/"
    "$BIN/lienxa-flips" "$1" "$PLACE/$2" "$PLACE/scratch-$1" "$FLIPS" "$SEED" ||
        fail "$1: see above (seed $SEED)"
    pass "$1: $FLIPS turned bits, nothing wrong was shown, everything came back"
}
flip hub hub
flip node quang-tho
