#!/usr/bin/env bash
# A commune closes a period: zero is a statement, what comes later is a
# correction, and a machine that was set back says anew where its closing lies.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

U=quang-tho
report() { # DAY COUNT
    local i
    for ((i = 0; i < $2; i++)); do
        printf '{"category":"khac","text":"x","received":"%sT08:00:00+07:00"}\n' "$1"
    done | node $U report import - >/dev/null
}
words() { # UNIT
    hub closing list 2026-03 --json | jq -r --arg u "$1" "$(jq_slug)"'
        .units[] | select((.unit | slug) == $u) | .words'
}
words_are() { [ "$(words "$1")" = "$2" ]; }

init_hub
start_hub
join_and_start $U quang-phu

report 2026-02-20 40
node $U close 2026-03 >"$PLACE/log/close"
grep -q '2026-02-15 to 2026-03-14: closed by .* with 40 reports' "$PLACE/log/close" ||
    fail "close said: $(cat "$PLACE/log/close")"
node quang-phu close 2026-03 --json | jq -e '.total == 0' >/dev/null ||
    fail 'zero is not stated'
wait_until 30 words_are $U 'closed, all 40 arrived'
wait_until 30 words_are quang-phu 'closed, all 0 arrived'
same 'silent' 'silent: not closed yet' "$(words quang-loi)"
same 'of ten' '2 2 20' "$(hub closing list 2026-03 --json |
    jq -r '"\(.closed) \(.fulfilled) \(.completeness)"')"
for days in '' ' 5' 5d; do # a shell's empty variable is no figure
    rc=0
    hub closing list 2026-03 --timely "$days" >/dev/null 2>&1 || rc=$?
    same "--timely \"$days\"" 2 "$rc"
done
pass 'two communes close, one with zero; the others are silent'

refused node $U close 2026-03
grep -q 'closed this period on .* with 40 reports' <<<"$REASON" || fail "$REASON"
refused node $U close 2999-01
grep -q 'can be closed from the day after' <<<"$REASON" || fail "$REASON"
refused node $U close thang-ba
refused node $U close 2026-03 --again --leader nobody
pass 'twice, too early, nonsense and an unknown leader are refused with words'

report 2026-03-01 2
wait_until 30 words_are $U 'closed with 40, corrected by +2 since'
node $U close 2026-03 --again >/dev/null
wait_until 30 words_are $U 'closed, all 42 arrived'
pass 'what comes later is a correction, until it is signed anew'

# The machine is set back to a copy, and the closing it made since comes back
# from the hub ahead of its place.
stop_node $U
cp -a "$PLACE/$U" "$PLACE/$U.copy"
start_node $U
report 2026-03-02 3
wait_until 30 delivered $U
node $U close 2026-02-15..2026-03-05 >/dev/null
wait_until 30 delivered $U
stop_node $U
rm -rf "${PLACE:?}/$U"
mv "$PLACE/$U.copy" "$PLACE/$U"
report 2026-03-03 1 # written before it could ask
start_node $U
wait_until 60 delivered $U
wait_until 30 words_are $U 'closed with 42, corrected by +4 since'
same 'closings at the node' '2026-02-15..2026-03-05 45
2026-02-15..2026-03-14 42' "$(node $U closing list --json |
    jq -r '.[] | "\(.period) \(.total)"' | sort)"
same 'the other period' 'closed with 45, corrected by +1 since' \
    "$(hub closing list 2026-02-15..2026-03-05 --json |
        jq -r '.units[] | select(.closed) | .words')"
verify_all $U quang-phu
pass 'a machine that was set back has its closings again, in their places'
