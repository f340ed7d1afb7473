#!/usr/bin/env bash
# Ten communes take 2,000 lines each with the hub down, repeated and malformed
# ones among them; when it comes up, its figures are theirs, to the last one.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

LINES=${LIENXA_LINES:-2000}
REPEAT_EVERY=50
MALFORMED_EVERY=100

write_lines() { # UNIT
    generate "$1" 20251127 "$LINES" --repeat-every "$REPEAT_EVERY" \
        --malformed-every "$MALFORMED_EVERY" \
        --expect-file "$PLACE/in/$1.expect" >"$PLACE/in/$1.jsonl"
}

take_lines() { # UNIT
    local rc=0
    node "$1" report import "$PLACE/in/$1.jsonl" --json \
        >"$PLACE/in/$1.answers" 2>"$PLACE/log/$1.import" || rc=$?
    [ "$rc" = 1 ] || fail "$1: import with refused lines must exit 1, not $rc"
}

# Line by line what the generator's rule says, refused ones with a reason.
check_answers() { # UNIT
    local got
    jq -nr --argjson n "$LINES" --argjson r "$REPEAT_EVERY" \
        --argjson m "$MALFORMED_EVERY" 'range(1; $n + 1) | "\(.) " +
        (if . % $m == $m - 1 then "refused" elif . % $r == 0 then "repeated"
        else "accepted" end)' >"$PLACE/in/$1.wanted"
    jq -r '"\(.line) \(.result)"' "$PLACE/in/$1.answers" >"$PLACE/in/$1.got"
    diff "$PLACE/in/$1.wanted" "$PLACE/in/$1.got" >"$PLACE/in/$1.diff" ||
        fail "$1: answers (< wanted, > got): $(head -n 5 "$PLACE/in/$1.diff")"
    got=$(jq -nc 'reduce inputs.result as $r
        ({accepted: 0, repeated: 0, refused: 0}; .[$r] += 1)' \
        "$PLACE/in/$1.answers")
    same "$1: counts" "$(jq -c '{accepted, repeated, refused}' \
        "$PLACE/in/$1.expect")" "$got"
    same "$1: refused without a reason" 0 "$(jq -s '[.[]
        | select(.result == "refused" and (.reason // "") == "")] | length' \
        "$PLACE/in/$1.answers")"
}

# The counts of the generator and of the hub as sorted lines.
expected_cells() { # FIELD
    jq -r --arg f "$1" '.unit as $u | .[$f] | to_entries[]
        | "\($u) \(.key) \(.value)"' "$PLACE"/in/*.expect | sort
}
hub_cells() { # AXIS
    hub stats --json --by "unit,$1" | jq -r --arg a "$1" "$(jq_slug)"'
        .rows[] | "\(.unit | slug) \(.[$a] // "") \(.count)"' | sort
}
same_cells() { # AXIS FIELD
    expected_cells "$2" >"$PLACE/in/cells.wanted"
    hub_cells "$1" >"$PLACE/in/cells.got"
    diff "$PLACE/in/cells.wanted" "$PLACE/in/cells.got" >"$PLACE/in/cells.diff" ||
        fail "by unit,$1 (< communes, > hub): $(head -n 5 "$PLACE/in/cells.diff")"
}

no_backlog() {
    hub node list --json |
        jq -e 'length == 10 and all(.[]; .backlog == 0 and .online)' >/dev/null
}

mapfile -t UNITS < <(units)
init_hub
start_hub
each join_node "${UNITS[@]}" || fail 'a commune could not join'
stop_hub
pass 'ten communes join; the hub goes down'

each write_lines "${UNITS[@]}"
start_node "${UNITS[0]}" # one takes its lines while it serves and dials
BEGIN=$(elapsed_us)
each take_lines "${UNITS[@]}" || fail 'an import did not end as it must'
figure "import of $((LINES * 10)) lines: $(seconds $(($(elapsed_us) - BEGIN))) s"
for unit in "${UNITS[@]}"; do
    check_answers "$unit"
done
EXPECTED=$(cat "$PLACE"/in/*.expect | jq -s 'map(.accepted) | add')
figure "accepted $EXPECTED, repeated $(cat "$PLACE"/in/*.expect | jq -s 'map(.repeated) | add'), refused $(cat "$PLACE"/in/*.expect | jq -s 'map(.refused) | add')"
pass 'every line is answered as the generator says, refused ones with a reason'

BEGIN=$(elapsed_us)
start_hub
for unit in "${UNITS[@]:1}"; do
    start_node "$unit"
done
wait_until 120 "the hub's total is $EXPECTED" hub_total_is "$EXPECTED"
figure "hub up -> all $EXPECTED reports: $(seconds $(($(elapsed_us) - BEGIN))) s"
wait_until 60 'every commune is online, backlog 0' no_backlog
pass "the hub comes up, holds exactly $EXPECTED reports and sees no backlog"

same_cells state by_state
same_cells day by_day
same_cells category by_category # last: looked at below
figure "counts by commune and category: $(wc -l <"$PLACE/in/cells.got"), all equal"
same 'units named in the figures' 10 "$(hub stats --json | jq '.units | length')"
sed -i '1s/ [0-9]*$/ 0/' "$PLACE/in/cells.got" # the comparison can fail
if cmp -s "$PLACE/in/cells.wanted" "$PLACE/in/cells.got"; then
    fail 'a changed count went unnoticed'
fi
pass 'figures by commune and category, state and day are those of the communes'

hub_ids | uniq -d >"$PLACE/in/twice"
same 'ids twice at the hub' 0 "$(wc -l <"$PLACE/in/twice")"
verify_all "${UNITS[@]}"
pass 'the hub and ten nodes verify'

stop_nodes
stop_hub
figure "took $(seconds "$(elapsed_us)") s"
