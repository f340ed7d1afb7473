#!/usr/bin/env bash
# Seven of ten communes have no line at all: what they wrote goes to the district
# on sticks, an extreme alert comes back the same way, receipts and
# acknowledgements once more; twice, torn and in any order. Then the line comes.
#   LIENXA_BUNDLE_REPORTS=30   in each commune; 300 is the night of the flood
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

COUNT=${LIENXA_BUNDLE_REPORTS:-30}
mapfile -t ALL < <(units | head -n 10)
CUT=("${ALL[@]:0:7}")
NEAR=("${ALL[@]:7:3}")
STICK=$PLACE/stick
mkdir "$STICK"

carried_up() { # UNIT NAME FILTER: what an import at the hub says
    hub bundle import "$STICK/$1.$2" --json 2>/dev/null | jq -r "$3"
}
carried_down() { # UNIT NAME FILTER
    node "$1" bundle import "$STICK/$1.$2" --json 2>/dev/null | jq -r "$3"
}
export_up() { # UNIT NAME OPTION..
    local unit=$1 name=$2
    shift 2
    node "$unit" bundle export "$STICK/$unit.$name" "$@" >/dev/null
}
export_down() { hub bundle export "$1" "$STICK/$1.$2" >/dev/null; } # UNIT NAME
receipt() { # UNIT FIELD
    hub alert receipts "$ALERT" --json | jq -r --arg u "$1" "$(jq_slug)"'
        .[] | select((.unit | slug) == $u) | '".$2"
}

init_hub
start_hub
for unit in "${ALL[@]}"; do
    join_node "$unit"
done
for unit in "${NEAR[@]}"; do
    start_node "$unit"
done
for unit in "${CUT[@]}"; do
    generate "$unit" 7 "$COUNT" | node "$unit" report import - >/dev/null ||
        fail "import at $unit"
done
wait_until 30 units_online "${NEAR[@]}"
same 'reports at the hub' 0 "$(hub stats --json | jq .total)"
pass "seven communes without a line have taken $COUNT reports each"

# ---- up, while the hub serves the others

for unit in "${CUT[@]}"; do
    export_up "$unit" up1
done
FIRST=${CUT[0]} SECOND=${CUT[1]}
refused node "$FIRST" bundle export "$STICK/$FIRST.up1"
refused node "$FIRST" bundle export "$STICK/nowhere/x"
grep -q 'Is the stick in' <<<"$REASON" || fail "no help: $REASON"
# torn: whole blocks count, and the same file whole brings the rest
head -c $(($(stat -c %s "$STICK/$FIRST.up1") - 7)) "$STICK/$FIRST.up1" \
    >"$STICK/$FIRST.torn"
refused hub bundle import "$STICK/$FIRST.torn"
grep -q 'torn' <<<"$REASON" || fail "torn is not said: $REASON"
same 'the rest of a torn one' true "$(carried_up "$FIRST" up1 '.new + .objects > 0')"
for unit in "${CUT[@]:1}"; do
    same "new of $unit" true "$(carried_up "$unit" up1 ".new >= $COUNT")"
done
same 'the same again' 0 "$(carried_up "$FIRST" up1 .new)"
hub_total_is $((7 * COUNT)) || fail "total: $(hub stats --json | jq .total)"
same "ids of $SECOND" "$(node_ids "$SECOND")" "$(hub report list \
    --unit "$SECOND" --json | jq -r '.[].id' | sort)"
pass 'what they wrote is at the hub by sticks, twice and torn, and counts once'

# ---- hostile: somebody turns a bit, somebody brings another's

cp "$STICK/$SECOND.up1" "$STICK/bad"
printf 'X' | dd of="$STICK/bad" bs=1 seek=300 conv=notrunc 2>/dev/null
refused hub bundle import "$STICK/bad"
refused node "$SECOND" bundle import "$STICK/$FIRST.up1"
refused hub bundle import "$ROSTER"
pass 'what is damaged, foreign or no bundle is refused in words'

# ---- down: an extreme alert, and what is acknowledged

ALERT=$(hub alert issue --event 'Lũ khẩn cấp' --severity extreme --expires 6h \
    --headline 'Lũ trên sông Bồ' --text 'Đưa người già lên nơi cao.' --json |
    jq -r .id)
for unit in "${CUT[@]}"; do
    export_down "$unit" down1
    same "alerts for $unit" 1 "$(carried_down "$unit" down1 .alerts)"
done
same "backlog of $SECOND" true \
    "$(node "$SECOND" status --json | jq '.backlog <= 1')"
same 'active' active "$(node "$SECOND" alert list --json |
    jq -r --arg id "$ALERT" '.[] | select(.id == $id) | .state')"
node "$SECOND" alert ack "$ALERT" --by 'Trực ban' >/dev/null
pass 'an extreme alert came back, and what was carried is acknowledged'

# ---- receipts up, acknowledgements down; the older bundle after the newer

for unit in "${CUT[@]}"; do
    export_up "$unit" up2
    same "receipts of $unit" true "$(carried_up "$unit" up2 '.new > 0')"
    export_down "$unit" down2
    same "nothing new for $unit" 0 "$(carried_down "$unit" down2 .alerts)"
    same "$unit has nothing left" true \
        "$(node "$unit" status --json | jq '.backlog == 0 and .head == .acked')"
done
same 'receipts' 10 "$(hub alert receipts "$ALERT" --json |
    jq '[.[] | select(.stored != null)] | length')"
same 'who' 'Trực ban' "$(receipt "$SECOND" by)"
same 'an old one again' 0 "$(carried_down "$SECOND" down1 .new)"
same 'and nothing is taken back' 0 "$(node_status "$SECOND" backlog)"
export_up "$SECOND" up3
same 'nothing to carry' 0 "$(carried_up "$SECOND" up3 '.new + .known')"
verify_all "$FIRST" "$SECOND"
pass 'receipts are at the hub, acknowledgements at the communes, all verifies'

# ---- parts missing: the later one first

unit=$FIRST
at=$(node_status "$unit" head)
node "$unit" report add --category cho_tha_rong --text 'Chó' >/dev/null
node "$unit" report add --category cho_tha_rong --text 'Chó nữa' >/dev/null
export_up "$unit" late --after $((at + 1))
export_up "$unit" early
same 'aside' 1 "$(carried_up "$unit" late .aside)"
hub_total_is $((7 * COUNT + 1)) || fail 'what is kept aside does not count'
same 'the rest' 1 "$(carried_up "$unit" early .new)"
hub_total_is $((7 * COUNT + 2)) || fail 'total after both parts'
pass 'a part that comes first is kept aside, counts, and finds its place'

# ---- files of a report that was passed on: behind the words, on small sticks

made() { # NAME FILTER OPTION..: a bundle of $unit, and what is said of it
    node "$unit" bundle export "$STICK/$unit.$1" --json "${@:3}" | jq -r "$2"
}
file_at_hub() { # N FIELD
    hub report files "$ID" --json |
        jq -r --argjson n "$1" ".[] | select(.number == \$n) | .$2"
}
for i in 1 2; do
    { printf '%%PDF-1.4 '; head -c $((i * i * 700000)) /dev/urandom; } >"$PLACE/in/$i.pdf"
done
ID=$(node "$unit" report add --category cat_trai_phep --text 'Ghe hút cát' \
    --attach "$PLACE/in/1.pdf" --attach "$PLACE/in/2.pdf" --json | jq -r .id)
node "$unit" report move "$ID" phan_loai >/dev/null
same 'what was not passed on stays' 0 "$(made stays '.pieces + .media_left')"
node "$unit" report refer "$ID" --with-files >/dev/null
same 'words alone' '0 2' "$(made words '"\(.media) \(.media_left)"' --files none)"
same 'their words are there first' true "$(carried_up "$unit" words '.new > 0')"
same 'the files are missed' coming "$(file_at_hub 2 where)"
same 'a small stick' true "$(made small '.pieces > 40 and .media_left > 0' --files 1M)"
same 'the rest' '0 true' "$(made rest '"\(.media_left) \(.pieces > 100)"')"
same 'the later one first' true "$(carried_up "$unit" rest '.pieces > 100')"
same 'both are whole' true "$(carried_up "$unit" small '.files > 0')"
same 'and no piece twice' 0 "$(carried_up "$unit" rest .pieces)"
for i in 1 2; do
    same "file $i" here "$(file_at_hub "$i" where)"
    hub report file "$ID" "$i" --out "$PLACE/in/$i.there" >/dev/null
    cmp "$PLACE/in/$i.pdf" "$PLACE/in/$i.there" || fail "file $i is another one"
done
export_down "$unit" down4
carried_down "$unit" down4 .new >/dev/null
same 'what is there is not carried' '0 0' \
    "$(made again '"\(.pieces) \(.media_left)"')"
verify_all "$unit"
pass 'files go by small sticks in any order, until the district says that they are there'

# ---- the line comes

for unit in "${CUT[@]}"; do
    start_node "$unit"
done
wait_until 30 units_online "${CUT[@]}"
wait_until 30 delivered "${CUT[@]}"
export_down "$SECOND" down3
same 'with the line up' 0 "$(carried_down "$SECOND" down3 .new)"
node "$SECOND" report add --category trom_cap --text 'Có mạng' >/dev/null
wait_until 30 delivered "$SECOND"
wait_until 30 hub_total_is $((7 * COUNT + 4))
for unit in "$FIRST" "$SECOND"; do
    same "alarms of $unit" 0 "$(node_status "$unit" 'alarms | length')"
    same "ids of $unit" "$(node_ids "$unit")" "$(hub report list --unit "$unit" \
        --json | jq -r '.[].id' | sort)"
done
verify_all "$FIRST" "$SECOND"
pass 'then the line comes: nothing is doubled, nothing missing'
figure "took $(seconds "$(elapsed_us)") s"
