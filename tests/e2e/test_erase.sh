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

stop_nodes
stop_hub
figure "took $(seconds "$(elapsed_us)") s"
