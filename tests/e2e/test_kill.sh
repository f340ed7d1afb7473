#!/usr/bin/env bash
# Rounds of kill -9 during import and delivery: what was answered "accepted" is
# at the hub exactly once, whatever died and when.
#   LIENXA_ROUNDS=20   LIENXA_SEED=...: the same choices again
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

ROUNDS=${LIENXA_ROUNDS:-20}
SEED=${LIENXA_SEED:-$((EPOCHSECONDS % 32768))}
UNITS=(quang-tho quang-phu quang-loi)
# What dies: the hub; a serving node; a node together with its importing
# command; the importing command alone, of a serving node; the importing
# command of a node that does not serve.
VICTIMS=(hub hub node node both command alone)
declare -A IMPORTS=() KILLED=()

begin_import() { # UNIT ROUND COUNT
    local file=$PLACE/in/$1.$2
    generate "$1" "$((SEED * 1000 + $2))" "$3" >"$file.jsonl"
    "$BIN/lienxa-node" --data "$PLACE/$1" report import "$file.jsonl" --json \
        >"$file.answers" 2>"$file.err" </dev/null &
    IMPORTS[$1]=$!
}

import_runs() { kill -0 "${IMPORTS[$1]}" 2>/dev/null; }
import_is_over() { ! import_runs "$1"; }
kill_import() {
    kill -KILL "${IMPORTS[$1]}" 2>/dev/null || true
    { wait "${IMPORTS[$1]}" || true; } 2>/dev/null
}

# As soon as it is there, or 0.3 s.
first_answer() { # UNIT ROUND
    local _
    for _ in {1..150}; do
        [ ! -s "$PLACE/in/$1.$2.answers" ] || return 0
        sleep 0.002
    done
}

strike() { # WHAT UNIT
    case $1 in
    hub) kill_hub ;;
    node) kill_node "$2" ;;
    both)
        kill -KILL "${IMPORTS[$2]}" "${NODE_PIDS[$2]}" 2>/dev/null || true
        kill_import "$2"
        kill_node "$2"
        ;;
    command | alone) kill_import "$2" ;;
    esac
    KILLED[$1]=$((${KILLED[$1]-0} + 1))
}

round() { # NUMBER
    local what=${VICTIMS[RANDOM % ${#VICTIMS[@]}]} unit=${UNITS[RANDOM % 3]}
    local after count=100 each busy=0 waiting=0
    case $((RANDOM % 3)) in
    0) printf -v after '0.%03d' $((RANDOM % 301)) ;;
    1) printf -v after '0.%03d' $((RANDOM % 41)) ;;
    2) after=answer ;; # the first answer of the unit
    esac
    [ $((RANDOM % 4)) != 0 ] || count=450 # three transactions
    if [ "$what" = alone ]; then
        kill_node "$unit"
    fi
    for each in "${UNITS[@]}"; do
        begin_import "$each" "$1" "$count"
    done
    LINES_GIVEN=$((LINES_GIVEN + 3 * count))
    if [ "$after" = answer ]; then
        first_answer "$unit" "$1"
    else
        sleep "$after" # the random moment: nothing waits for it
    fi
    for each in "${UNITS[@]}"; do
        ! import_runs "$each" || busy=$((busy + 1))
    done
    strike "$what" "$unit"
    for each in "${UNITS[@]}"; do
        wait_until 60 "the import of $each ends" import_is_over "$each"
    done
    for each in "${UNITS[@]}"; do
        [ "$(node_status "$each" backlog)" = 0 ] || waiting=$((waiting + 1))
    done
    case $what in
    hub) start_hub ;;
    node | both | alone) start_node "$unit" ;;
    esac
    [ "$busy" = 0 ] || DURING=$((DURING + 1))
    [ "$waiting" = 0 ] || DRAINING=$((DRAINING + 1))
    printf '%s %s after %s, %d lines each, %d imports running, %d nodes with a backlog\n' \
        "$what" "$unit" "$after" "$count" "$busy" "$waiting" >>"$PLACE/log/rounds.log"
}

# Ids answered "accepted", as they were printed; a last line cut short counts
# only when its answer is there.
accepted() {
    cat "$PLACE"/in/*.answers |
        grep -oE '"id":"[0-9a-f-]{36}","result":"accepted"' | cut -d'"' -f4 |
        sort
}

# Ids in the first list that the second lacks.
missing() { comm -23 "$1" "$2"; }

check() {
    local unit
    accepted >"$PLACE/in/accepted"
    hub_ids >"$PLACE/in/hub"
    for unit in "${UNITS[@]}"; do
        node_ids "$unit"
    done | sort >"$PLACE/in/nodes"
    same 'ids answered accepted twice' '' "$(uniq -d "$PLACE/in/accepted" | head -n 3)"
    same 'ids twice at the hub' '' "$(uniq -d "$PLACE/in/hub" | head -n 3)"
    same 'ids twice at the nodes' '' "$(uniq -d "$PLACE/in/nodes" | head -n 3)"
    same 'accepted, but not at the hub' '' \
        "$(missing "$PLACE/in/accepted" "$PLACE/in/hub" | head -n 3)"
    same 'at the nodes, but not at the hub' '' \
        "$(missing "$PLACE/in/nodes" "$PLACE/in/hub" | head -n 3)"
    same 'at the hub, but not at the nodes' '' \
        "$(missing "$PLACE/in/hub" "$PLACE/in/nodes" | head -n 3)"
    same "the hub's total" "$(wc -l <"$PLACE/in/nodes")" \
        "$(hub stats --json | jq .total)"
    verify_all "${UNITS[@]}"
    same 'quarantine at the hub' '[]' "$(hub quarantine list --json)"
    # An ack that left before its commit would show as a hub that was set back.
    same 'alarms at the hub' '[]' "$(hub alarm list --json)"
    for unit in "${UNITS[@]}"; do
        same "alarms of $unit" '[]' "$(node_status "$unit" 'alarms | tojson')"
    done
}

# Lines without an answer are given again: repeated or accepted, never refused.
give_again() {
    local unit number
    for unit in "${UNITS[@]}"; do
        for ((number = 1; number <= ROUNDS; number++)); do
            [ "$(wc -l <"$PLACE/in/$unit.$number.answers")" -lt \
                "$(wc -l <"$PLACE/in/$unit.$number.jsonl")" ] || continue
            AGAIN=$((AGAIN + 1))
            node "$unit" report import "$PLACE/in/$unit.$number.jsonl" --json \
                >"$PLACE/in/$unit.$number.again" ||
                fail "$unit: lines given again were refused: $(grep -m1 refused "$PLACE/in/$unit.$number.again")"
            grep -oE '"id":"[0-9a-f-]{36}","result":"accepted"' \
                "$PLACE/in/$unit.$number.again" | cut -d'"' -f4 |
                sort >"$PLACE/in/anew" || true
            same 'accepted a second time' '' \
                "$(comm -12 "$PLACE/in/anew" "$PLACE/in/accepted" | head -n 3)"
        done
    done
}

RANDOM=$SEED
LINES_GIVEN=0 DURING=0 DRAINING=0 AGAIN=0
figure "seed $SEED, $ROUNDS rounds"
init_hub
start_hub
join_and_start "${UNITS[@]}"

for ((number = 1; number <= ROUNDS; number++)); do
    round "$number"
done
wait_until 60 'all is delivered' delivered "${UNITS[@]}"
figure "kills:$(for what in "${!KILLED[@]}"; do printf ' %s %d' "$what" "${KILLED[$what]}"; done); $DURING while an import ran, $DRAINING with changes not yet acknowledged"
check
echo 'ffffffff-ffff-7fff-bfff-ffffffffffff' >>"$PLACE/in/accepted"
[ -n "$(missing "$PLACE/in/accepted" "$PLACE/in/hub")" ] ||
    fail 'a lost report would go unnoticed'
sed -i '$d' "$PLACE/in/accepted"
figure "accepted $(wc -l <"$PLACE/in/accepted") of $LINES_GIVEN lines, at the hub $(wc -l <"$PLACE/in/hub"), lost 0, twice 0"
pass 'every accepted report is at the hub exactly once; nodes and hub hold the same, without an alarm'

give_again
wait_until 60 'all is delivered' delivered "${UNITS[@]}"
wait_until 10 "the hub's total is every line" hub_total_is "$LINES_GIVEN"
check
figure "$AGAIN interrupted imports given again; all $LINES_GIVEN lines are at the hub"
pass 'interrupted imports given again are completed, nothing is taken twice'

stop_nodes
stop_hub
figure "took $(seconds "$(elapsed_us)") s"
