#!/usr/bin/env bash
# A report is erased: its words leave every file, here and at the hub, also when
# programs are killed meanwhile; its fact and the figures stay.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

CANARY=hoangsa77
ADD=(report add --category cat_trai_phep --json --text)

# files_with WORD FOLDER: how many of its files hold the word.
files_with() { { LC_ALL=C grep -rlaF -- "$1" "$2" || true; } | wc -l; }
gone_from() { [ "$(files_with "$CANARY" "$1")" = 0 ]; }
text_of() { node "$1" report show "$2" --json | jq -r '.text // "-"'; }
total() { hub stats --json | jq .total; }
erase() { node quang-tho report erase "$1" --reason "$2" >"$PLACE/log/erase" 2>&1; }

init_hub
start_hub
join_node quang-tho
node quang-tho settings body always # the words travel: the hub has them too
start_node quang-tho
KEPT=$(node quang-tho "${ADD[@]}" 'Chó thả rông ở chợ' | jq -r .id)
ID=$(node quang-tho "${ADD[@]}" "Ghe của $CANARY hút cát" --name 'Lê Thị Thử' | jq -r .id)
node quang-tho report move "$ID" phan_loai --note "$CANARY khai rồi" >/dev/null
wait_until 30 delivered quang-tho
[ "$(files_with "$CANARY" "$PLACE/quang-tho")" -gt 0 ] || fail 'no words at the commune'
[ "$(files_with "$CANARY" "$PLACE/hub")" -gt 0 ] || fail 'no words at the hub'
pass 'a report with its words is at the commune and at the hub'

refused node quang-tho report erase "$ID" --reason "Ghe của $CANARY hút cát, xin xóa"
grep -q "repeats the report's words" <<<"$REASON" || fail "reason: $REASON"
erase "$ID" 'Người gửi yêu cầu'
wait_until 30 'no file of the commune holds them' gone_from "$PLACE/quang-tho"
wait_until 60 'no file of the hub holds them' gone_from "$PLACE/hub"
same 'the report next to it' 'Chó thả rông ở chợ' "$(text_of quang-tho "$KEPT")"
same 'the text' - "$(text_of quang-tho "$ID")"
same 'why' 'Người gửi yêu cầu' \
    "$(node quang-tho report show "$ID" --json | jq -r .erased.reason)"
same 'reports in the figures' 2 "$(total)"
pass 'after erasing no file on either side holds the words; the figures stay'

erase "$ID" 'lần hai'
same 'why, after the second time' 'Người gửi yêu cầu' \
    "$(node quang-tho report show "$ID" --json | jq -r .erased.reason)"
refused node quang-tho report move "$ID" xac_minh
pass 'erasing twice is harmless, and the report moves no more'

# Killed before anybody else heard of it; and the hub killed once it has.
for round in 1 2 3; do
    stop_hub
    ID=$(node quang-tho "${ADD[@]}" "Lần $round: ghe của $CANARY" | jq -r .id)
    start_hub
    wait_until 60 delivered quang-tho
    erase "$ID" 'Nhập nhầm'
    kill_node quang-tho
    kill_hub
    start_hub
    start_node quang-tho
    wait_until 60 delivered quang-tho
    wait_until 60 "round $round: gone at the commune" gone_from "$PLACE/quang-tho"
    wait_until 60 "round $round: gone at the hub" gone_from "$PLACE/hub"
    same "round $round: the text" - "$(text_of quang-tho "$ID")"
done
same 'reports in the figures' 5 "$(total)"
verify_all quang-tho
pass 'kill -9 on both sides right after: it is gone all the same; both verify'

# A report that was passed on: offered to one who refused it, then accepted by
# another. Its words are in six places by now, and in what was answered.
join_and_start quang-phu quang-an
stage_is() { [ "$(node "$1" referral list --json | jq -r --arg r "$ID" \
    '.[] | select(.report == $r) | .stage')" = "$2" ]; }
everything_gone() {
    gone_from "$PLACE/hub" && gone_from "$PLACE/quang-tho" &&
        gone_from "$PLACE/quang-phu" && gone_from "$PLACE/quang-an"
}
erased_at_hub() { # what the one who is away wrote goes when he is back
    hub referral list --json | jq -e --arg r "$ID" \
        '.[] | select(.report == $r) | .erased' >/dev/null
}
pass_on() { # makes ID: refused by quang-phu, accepted by quang-an
    ID=$(node quang-tho "${ADD[@]}" "Ghe của $CANARY ở bến" | jq -r .id)
    node quang-tho report move "$ID" phan_loai >/dev/null
    node quang-tho report refer "$ID" --to quang-phu >/dev/null 2>&1
    wait_until 60 'it is offered' stage_is quang-phu waiting
    node quang-phu referral refuse "$ID" --reason "$CANARY không ở xã này" >/dev/null
    wait_until 60 'it is refused' stage_is quang-tho refused
    node quang-tho report refer "$ID" --to quang-an >/dev/null 2>&1
    wait_until 60 'it is offered again' stage_is quang-an waiting
    node quang-an referral accept "$ID" >/dev/null 2>&1
    wait_until 60 'it is accepted' stage_is quang-tho accepted
    COPY=$(node quang-an referral list --json | jq -r --arg r "$ID" \
        '.[] | select(.report == $r) | .copy')
    node quang-an report move "$COPY" phan_loai --note "$CANARY nói thêm" >/dev/null
}

pass_on
for unit in quang-tho quang-phu quang-an hub; do
    [ "$(files_with "$CANARY" "$PLACE/$unit")" -gt 0 ] || fail "no words at $unit"
done
refused node quang-an report erase "$COPY" --reason 'x'
grep -q 'only they can erase' <<<"$REASON" || fail "reason: $REASON"
erase "$ID" 'Người gửi yêu cầu'
wait_until 90 'the words are nowhere' everything_gone
same 'the copy' - "$(text_of quang-an "$COPY")"
same 'stage after erasing' accepted "$(node quang-tho referral list --json |
    jq -r --arg r "$ID" '.[] | select(.report == $r) | .stage')"
node quang-an referral "done" "$ID" --note "$CANARY đã nộp phạt" >/dev/null
wait_until 60 'it is done' stage_is quang-tho 'done'
wait_until 60 'the words are nowhere, also not in an answer' everything_gone
pass 'a report that was passed on is erased at the sender, the hub and both who had it'

pass_on
stop_node quang-phu
erase "$ID" 'Người gửi yêu cầu'
kill_node quang-tho
kill_hub
start_hub
start_node quang-tho
wait_until 60 'the hub has heard of it' erased_at_hub
kill_node quang-an
kill_hub
start_hub
start_node quang-an
start_node quang-phu
wait_until 90 'the words are nowhere' everything_gone
wait_until 60 delivered quang-tho quang-phu quang-an
same 'reports in the figures' 7 "$(total)"
same 'quarantined' 0 "$(hub quarantine list --json | jq length)"
verify_all quang-tho quang-phu quang-an
pass 'kill -9 and a commune that is away: the words are gone all the same'

stop_nodes
stop_hub
figure "took $(seconds "$(elapsed_us)") s"
