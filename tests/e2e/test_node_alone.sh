#!/usr/bin/env bash
# One commune whose line is down: it joins once, then takes, finds and moves
# reports, with and without a serving node; what it accepted survives kill -9.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

UNIT=quang-tho

misused() { # COMMAND..: must exit 2
    local rc=0
    "$@" >/dev/null 2>&1 || rc=$?
    same "exit of: $*" 2 "$rc"
}

invite() { hub node invite "$@" 2>/dev/null | tail -n 1; }
join_in() { "$BIN/lienxa-node" join "$2" --data "$PLACE/$1"; } # FOLDER TOKEN

# ---- joining ----

init_hub
start_hub
refused node $UNIT status --json
TOKEN=$(invite $UNIT)
refused join_in $UNIT not-a-token
refused join_in $UNIT "${TOKEN::-3}"
join_in $UNIT "$TOKEN" >"$PLACE/in/shares" 2>"$PLACE/log/join.log"
same 'shares' 'share recovery-1
share recovery-2' "$(cut -d' ' -f1,2 "$PLACE/in/shares")"
same 'keys are private' 600 "$(stat -c %a "$PLACE/$UNIT/keys/sign.key")"
same 'status after joining' "$UNIT false null 1 0 1 true 0" \
    "$(node $UNIT status --json | jq -r '"\(.unit) \(.online) \(.last_contact)"
        + " \(.head) \(.acked) \(.backlog) \(.backlog_bytes > 0)"
        + " \(.alarms | length)"')"
pass 'a machine joins and is shown its two shares'

same 'the same token again' '' "$(join_in $UNIT "$TOKEN" 2>/dev/null)"
same 'head after joining again' 1 "$(node_status $UNIT head)"
refused join_in other "$TOKEN"
[[ $REASON == *'the hub refused this token'* ]] || fail "reason: $REASON"
refused join_in $UNIT "$(invite quang-phu)"
[[ $REASON == *'another unit'* ]] || fail "reason: $REASON"
SHORT=$(invite $UNIT --expires 1s)
sleep 1.1
refused join_in late "$SHORT"
[[ $REASON == *expired* ]] || fail "reason: $REASON"
pass 'the same token twice is fine here, refused elsewhere and when expired'

OLD_KEY=$(cksum <"$PLACE/$UNIT/keys/curve.key")
same 'no shares for a machine that joins anew' '' \
    "$(join_in $UNIT "$(invite $UNIT)" 2>/dev/null)"
[ "$(cksum <"$PLACE/$UNIT/keys/curve.key")" != "$OLD_KEY" ] ||
    fail 'a new token needs new keys'
[ ! -e "$PLACE/$UNIT/joining" ] || fail 'left-overs of joining'
same 'head after joining anew' 1 "$(node_status $UNIT head)"
pass 'with a new token the folder keeps its data and gets new keys'

stop_hub

# ---- reports, with nothing serving ----

add() { node $UNIT report add --json "$@" | jq -r .id; }
field() { node $UNIT report show "$1" --json | jq -r ".$2"; } # ID FIELD
moves() { # ID STATE OPTION..
    node $UNIT report move "$@" >/dev/null
    same "state of $1" "$2" "$(field "$1" state)"
}

story() {
    local id
    id=$(add --category ma_tuy --text 'Bán ma tuý ở cầu Vĩnh Tu' \
        --village 'Phước Yên' --occurred 2026-01-02T03:04:05+07:00 \
        --name 'Hoàng Văn Bách' --phone 0900777888)
    same 'the report' "$id ma_tuy moi false Phước Yên custodian false" \
        "$(node $UNIT report show "$id" --json |
            jq -r '"\(.id) \(.category) \(.state) \(.urgent) \(.village)"
                + " \(.sealed.key) \(.conflict)"')"
    same 'next' 'da_tiep_nhan phan_loai dong' "$(field "$id" 'next | join(" ")')"
    refused node $UNIT report move "$id" da_xu_ly
    [[ $REASON == *'possible from here: da_tiep_nhan, phan_loai, dong'* ]] ||
        fail "reason: $REASON"
    moves "$id" phan_loai --note 'nhóm M'
    moves "$id" dang_xu_ly
    moves "$id" da_xu_ly --note 'đã xử lý'
    moves "$id" dong
    same 'history' 'moi phan_loai dang_xu_ly da_xu_ly dong' \
        "$(field "$id" 'history | map(.state) | join(" ")')"
    same 'notes' 'nhóm M|đã xử lý' "$(field "$id" 'notes | map(.text) | join("|")')"
    same 'found' "$id" "$(node $UNIT report list --json \
        --search 'ma tuy cau vinh tu' | jq -r '.[0].id')"
    node $UNIT report list | grep "$id" >/dev/null || fail 'not in the plain list'
    refused node $UNIT report add --category ufo --text x
    refused node $UNIT report show 0190f5f0-0000-7000-8000-000000000000
    misused node $UNIT report list --search '?!'
    misused node $UNIT report add --colour red
    node $UNIT settings body always
    misused node $UNIT settings body never
}
story
pass 'a report is added, moved, shown and found; what is wrong is refused'

sum_of() { jq -r .result "$1" | sort | uniq -c | awk '{print $2, $1}'; }
expected() { jq -r '"accepted \(.accepted)\nrefused \(.refused)\nrepeated \(.repeated)"' "$1"; }

import() { # SEED: a file with everything in it
    local rc=0
    generate $UNIT "$1" 600 --repeat-every 20 --malformed-every 30 \
        --names-file "$PLACE/in/names" --expect-file "$PLACE/in/expect" \
        >"$PLACE/in/lines"
    node $UNIT report import "$PLACE/in/lines" --json >"$PLACE/in/answers" \
        2>/dev/null || rc=$?
    same 'exit of an import with refusals' 1 "$rc"
    same 'answers' "$(expected "$PLACE/in/expect")" "$(sum_of "$PLACE/in/answers")"
    same 'lines answered' "$(seq 600)" "$(jq -r .line "$PLACE/in/answers")"
    rc=$(node $UNIT report import - <"$PLACE/in/lines" 2>/dev/null |
        tail -n 1) || true
    same 'all again' "accepted 0, repeated $(($(jq .accepted "$PLACE/in/expect") +
        $(jq .repeated "$PLACE/in/expect"))), refused $(jq .refused "$PLACE/in/expect")" "$rc"
}

no_names() {
    ! grep -qaFf "$PLACE/in/names" "$PLACE/$UNIT"/node.db* ||
        fail 'a name or number stands in the database'
    ! grep -qaF 'Hoàng Văn Bách' "$PLACE/$UNIT"/node.db* || fail 'a name in clear'
    ! grep -qsaFf "$PLACE/in/names" "$PLACE"/log/*.log || fail 'a name in a log'
}

{
    printf '\xef\xbb\xbf{"category":"khac","text":"một"}\r\n\n'
    printf '{"category":"khac","text":"%070000d"}\n' 0
    printf '{"category":"khac","text":{"a":1}}\n[]\nx\n\xff\n'
    printf '{"category":"khac","text":"cuối"}'
} >"$PLACE/in/odd"
import 1
node $UNIT report import "$PLACE/in/odd" --json >"$PLACE/in/answers" 2>/dev/null ||
    true
same 'odd lines' '1 accepted 
3 refused longer than 65536 bytes
4 refused text is neither text, number nor true or false
5 refused not a JSON object
6 refused not JSON: column 1: invalid token
7 refused not JSON: column 0: unable to decode byte 0xff
8 accepted ' "$(jq -r '"\(.line) \(.result) \(.reason // "")"' "$PLACE/in/answers")"
refused node $UNIT report import "$PLACE/in/nothing-here"
no_names
pass 'an import answers every line as expected; no name stands in the database'

# ---- people ----

people() { # NAME ROLE LINE..
    local name=$1 role=$2
    shift 2
    printf '%s\n' "$@" | node $UNIT user add "$name" --role "$role"
}
refused people Lan custodian 'mật khẩu dài'
people Lan custodian 'mật khẩu dài' "$(sed -n 2p "$PLACE/in/shares")" \
    "$(sed -n 1p "$PLACE/in/shares")"
people Hai leader 'mật khẩu khác' 2>/dev/null
refused people Hai leader 'mật khẩu khác'
refused people Ba officer ngắn
refused people Ba king 'mật khẩu dài'
misused node $UNIT user add Ba
same 'people' 'Hai leader 0
Lan custodian 2' "$(node $UNIT user list --json | jq -r '.[] | "\(.name) \(.role) \(.keys)"')"
! grep -qaF 'mật khẩu' "$PLACE/$UNIT"/node.db* || fail 'a password in clear'
pass 'the first custodian gives the shares; passwords are nowhere'

# ---- the same with a serving node, no hub ----

refused node $UNIT serve --web anywhere
# somebody's long command is at work in the folder: serving waits for it
flock "$PLACE/$UNIT/lock" sleep $((4 + 2 * PATIENCE)) &
LOCKED=$!
is_locked() { ! flock -n "$PLACE/$UNIT/lock" true; }
wait_until 20 'the folder is locked' is_locked
start_node $UNIT
wait "$LOCKED"
wait_until 40 'the node serves' grep -q '^node.serving' "$PLACE/log/$UNIT.log"
grep -q '^serve.waiting' "$PLACE/log/$UNIT.log" || fail 'the log says nothing of waiting'
refused timeout 20 "$BIN/lienxa-node" --data "$PLACE/$UNIT" serve --web off
[[ $REASON == *'in use by another process'* ]] || fail "reason: $REASON"
story
import 2
no_names
same 'online' false "$(node_status $UNIT online)"
refused join_in $UNIT "$TOKEN"
verify_node $UNIT
pass 'a serving node without a hub takes the same commands'

BEFORE=$(node_ids $UNIT | wc -l)
generate $UNIT 3 3000 >"$PLACE/in/lines"
rm "$PLACE/in/answers"
node $UNIT report import "$PLACE/in/lines" --json >"$PLACE/in/answers" 2>/dev/null &
IMPORT=$!
answered() { [ -s "$PLACE/in/answers" ]; }
wait_until 20 'some lines are answered' answered
kill_node $UNIT
{ wait $IMPORT || true; } 2>/dev/null
# the import went on in its own process where the node stopped
same 'every line once' "$(seq 3000)" "$(jq -r .line "$PLACE/in/answers")"
same 'reports' $((BEFORE + 3000)) "$(node_ids $UNIT | wc -l)"
verify_node $UNIT
pass 'kill -9 of the node during an import: the import goes on without it'

generate $UNIT 4 3000 >"$PLACE/in/lines"
rm "$PLACE/in/answers"
"$BIN/lienxa-node" --data "$PLACE/$UNIT" report import "$PLACE/in/lines" --json \
    >"$PLACE/in/answers" 2>/dev/null &
IMPORT=$!
wait_until 20 'some lines are answered' answered
kill -KILL $IMPORT 2>/dev/null || true
{ wait $IMPORT || true; } 2>/dev/null
head -n -1 "$PLACE/in/answers" | jq -r .id | sort >"$PLACE/in/promised"
[ -s "$PLACE/in/promised" ] || fail 'nothing was promised'
same 'accepted and not there' '' \
    "$(comm -23 "$PLACE/in/promised" <(node_ids $UNIT))"
verify_node $UNIT
pass "kill -9 of an import: all $(wc -l <"$PLACE/in/promised") lines that were answered are there"
