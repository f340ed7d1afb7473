#!/usr/bin/env bash
# Reports are passed on, to the district and between communes: one owner at any
# time, whatever is killed or put back in between, and counted once.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# a report, sorted, that can be passed on; its id
report() { # UNIT TEXT OPTION..
    local id
    id=$(node "$1" report add --category cat_trai_phep --text "$2" --json \
        "${@:3}" | jq -r .id)
    node "$1" report move "$id" phan_loai >/dev/null
    echo "$id"
}
quiet() { "$@" >"$PLACE/log/quiet" 2>&1 || fail "$*: $(cat "$PLACE/log/quiet")"; }
refer() { quiet node "$1" report refer "$2" "${@:3}"; } # UNIT ID OPTION..

at_node() { # UNIT REPORT FIELD: of the referral of this report
    node "$1" referral list --json | jq -r --arg r "$2" \
        ".[] | select(.report == \$r) | .$3"
}
at_hub() { # REPORT FIELD
    hub referral list --json | jq -r --arg r "$1" \
        ".[] | select(.report == \$r) | .$2"
}
node_stage_is() { [ "$(at_node "$1" "$2" stage)" = "$3" ]; }
hub_stage_is() { [ "$(at_hub "$1" stage)" = "$2" ]; }
everywhere() { # REPORT STAGE UNIT..
    local unit
    hub_stage_is "$1" "$2" || return 1
    for unit in "${@:3}"; do
        node_stage_is "$unit" "$1" "$2" || return 1
    done
}
state_of() { node "$1" report show "$2" --json | jq -r .state; } # UNIT ID
says() { grep -q -- "$1" <<<"$REASON" || fail "not said: $1, but: $REASON"; }

init_hub
start_hub
join_and_start quang-tho quang-phu quang-an

# ---- to the district

ID=$(report quang-tho 'Ghe hút cát' --name 'Lê Thị Thử' --phone 0900000001)
same 'words of an unreferred report at the hub' null \
    "$(hub report list --json | jq -r --arg r "$ID" '.[] | select(.id == $r) | .text')"
refused node quang-tho report move "$ID" da_chuyen
says 'report refer'
refer quang-tho "$ID"
refused node quang-tho report move "$ID" dang_xu_ly
says 'passed on to the district on .*, waits for its answer'
refused node quang-tho report refer "$ID"
wait_until 30 'the offer is at the hub' hub_stage_is "$ID" waiting
same 'words at the hub' 'Ghe hút cát' "$(at_hub "$ID" text)"
same 'words in the list of reports' 'Ghe hút cát' \
    "$(hub report list --json | jq -r --arg r "$ID" '.[] | select(.id == $r) | .text')"
quiet hub referral accept "$ID"
wait_until 30 'the commune knows' node_stage_is quang-tho "$ID" accepted
same 'owner at the hub' district "$(at_hub "$ID" owner)"
same 'owner at the commune' district "$(at_node quang-tho "$ID" owner)"
refused node quang-tho report move "$ID" da_xu_ly
says 'it is theirs until they return it'
refused hub referral refuse "$ID" --reason x
says 'accepted already'
quiet hub referral "done" "$ID" --note 'Đã xử phạt'
wait_until 30 'the commune hears of it' node_stage_is quang-tho "$ID" 'done'
same 'why' 'Đã xử phạt' "$(at_node quang-tho "$ID" reason)"
quiet node quang-tho report move "$ID" da_xu_ly
same 'history' 'offered accepted done' "$(node quang-tho report show "$ID" --json |
    jq -r '[.passed_on[].what] | join(" ")')"
pass 'to the district: offered, accepted, done; the commune is frozen meanwhile'

# ---- between communes

ID=$(report quang-tho 'Xe tải chở cát sang Quảng Phú' --village 'Phước Yên')
refused node quang-tho report refer "$ID" --to quang-tho
says 'this is Quảng Thọ itself'
refused node quang-tho report refer "$ID" --to quang-xa
says 'no commune "quang-xa"'
refer quang-tho "$ID" --to quang-phu
wait_until 30 'the offer is at the sister' everywhere "$ID" waiting quang-tho quang-phu
same 'words at the sister' 'Xe tải chở cát sang Quảng Phú' \
    "$(at_node quang-phu "$ID" text)"
refused hub referral accept "$ID"
says 'quang-phu, only they can answer'
quiet node quang-phu referral accept "$ID"
COPY=$(at_node quang-phu "$ID" copy)
wait_until 30 'accepted everywhere' everywhere "$ID" accepted quang-tho quang-phu
same 'the copy' da_tiep_nhan "$(state_of quang-phu "$COPY")"
quiet node quang-phu report move "$COPY" phan_loai
quiet node quang-phu report move "$COPY" dang_xu_ly --note 'Đã cử người'
refused node quang-phu report move "$COPY" dong --outcome tin_rac --note x
says 'referral done'
refused node quang-phu report refer "$COPY"
says 'cannot be passed on further'
wait_until 30 delivered quang-tho quang-phu
same 'reports counted' 2 "$(hub stats --json | jq .total)"
same 'of quang-phu' 0 "$(hub stats --json --by unit | jq '[.rows[]
    | select(.unit == "quang-phu") | .count] | add // 0')"
quiet node quang-phu referral "done" "$ID" --note 'Đã bắt quả tang'
wait_until 30 'done everywhere' everywhere "$ID" 'done' quang-tho quang-phu
same 'the copy is closed' dong "$(state_of quang-phu "$COPY")"
quiet node quang-tho report move "$ID" da_xu_ly
pass 'between communes: offered, accepted, worked, done; counted once'

# ---- refused, then to another one; returned, then taken again

ID=$(report quang-tho 'Bến cát ở giáp ranh')
refer quang-tho "$ID" --to quang-phu
wait_until 30 'it is offered' node_stage_is quang-phu "$ID" waiting
quiet node quang-phu referral refuse "$ID" --reason 'Không thuộc địa bàn'
wait_until 30 'it is refused' node_stage_is quang-tho "$ID" refused
refused node quang-tho report move "$ID" da_xu_ly
refer quang-tho "$ID" --to quang-an
wait_until 30 'offered to the next' everywhere "$ID" waiting quang-tho quang-an
same 'stage at the first one' refused "$(at_node quang-phu "$ID" stage)"
refused node quang-phu referral accept "$ID"
quiet node quang-an referral accept "$ID"
wait_until 30 'it is accepted' node_stage_is quang-tho "$ID" accepted
quiet node quang-an referral return "$ID" --reason 'Bến đã dời đi'
wait_until 30 'it is returned' everywhere "$ID" returned quang-tho quang-an
quiet node quang-tho report move "$ID" dang_xu_ly
refer quang-tho "$ID" --to quang-an
wait_until 30 'offered again' node_stage_is quang-an "$ID" waiting
quiet node quang-an referral accept "$ID"
wait_until 30 'accepted again' everywhere "$ID" accepted quang-tho quang-an
same 'history' 'offered refused offered accepted returned offered accepted' \
    "$(node quang-tho report show "$ID" --json |
        jq -r '[.passed_on[].what] | join(" ")')"
same 'reports counted' 3 "$(hub stats --json | jq .total)"
pass 'refused, offered to another, returned, offered again'

# ---- a sister that is away, and kill -9 at every step

for round in 1 2 3; do
    ID=$(report quang-tho "Lần $round")
    stop_node quang-phu
    refer quang-tho "$ID" --to quang-phu
    kill_node quang-tho
    start_node quang-tho
    [ "$round" = 1 ] || wait_until 30 'at the hub' hub_stage_is "$ID" waiting
    kill_hub
    start_hub
    start_node quang-phu
    wait_until 60 "round $round: offered" everywhere "$ID" waiting quang-tho quang-phu
    quiet node quang-phu referral accept "$ID"
    kill_node quang-phu
    kill_hub
    start_hub
    start_node quang-phu
    wait_until 60 "round $round: accepted" everywhere "$ID" accepted quang-tho quang-phu
    quiet node quang-phu referral return "$ID" --reason 'Trả lại'
    kill_hub
    kill_node quang-tho
    kill_node quang-phu
    start_hub
    start_node quang-tho
    start_node quang-phu
    wait_until 60 "round $round: returned" everywhere "$ID" returned quang-tho quang-phu
    quiet node quang-tho report move "$ID" dang_xu_ly
done
wait_until 60 delivered quang-tho quang-phu quang-an
same 'reports counted' 6 "$(hub stats --json | jq .total)"
verify_all quang-tho quang-phu quang-an
pass 'kill -9 between any two steps, the sister away: the same end'

# ---- the hub is put back to before what it carried

ID=$(report quang-tho 'Trước khi khôi phục')
wait_until 30 delivered quang-tho quang-phu quang-an
stop_hub
cp -a "$PLACE/hub" "$PLACE/hub.old"
start_hub
refer quang-tho "$ID" --to quang-phu
wait_until 60 'it is offered' node_stage_is quang-phu "$ID" waiting
stop_node quang-tho # so that the answer is carried to nobody yet
quiet node quang-phu referral accept "$ID"
wait_until 60 'accepted at the hub' hub_stage_is "$ID" accepted
stop_hub
rm -rf "$PLACE/hub"
mv "$PLACE/hub.old" "$PLACE/hub"
start_hub
start_node quang-tho
wait_until 90 'accepted everywhere again' everywhere "$ID" accepted quang-tho quang-phu
refused node quang-tho report move "$ID" dang_xu_ly
same 'conflicts' 0 "$(hub alarm list --json | jq '[.[] | select(.text | test("different contents"))] | length')"
quiet node quang-phu referral return "$ID" --reason 'Trả lại'
wait_until 60 'returned everywhere' everywhere "$ID" returned quang-tho quang-phu
wait_until 60 delivered quang-tho quang-phu quang-an
same 'reports counted' 7 "$(hub stats --json | jq .total)"
same 'quarantined at the hub' 0 "$(hub quarantine list --json | jq length)"
for unit in quang-tho quang-phu quang-an; do
    same "quarantined at $unit" 0 "$(node "$unit" quarantine list --json | jq length)"
done
verify_all quang-tho quang-phu quang-an
pass 'the hub put back between acceptance and carrying: the acceptance holds'

stop_nodes
stop_hub
figure "took $(seconds "$(elapsed_us)") s"
