#!/usr/bin/env bash
# Who sent a report: asked for with a reason, consented to by somebody else, seen
# for a time by who asked alone. It stands in the books of both ends; the name is
# in neither, and never comes to the district.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

NAME='Phạm Thị Kín Đáo' PHONE=0900000077 WHY='Cần hỏi lại trong đêm'
PASSWORD='mat khau dai va de nho'

sealed() { # CATEGORY: a report with a sender
    node quang-tho report add --category "$1" --text 'Có việc' --name "$NAME" \
        --phone "$PHONE" --json 2>/dev/null | jq -r .id
}
typed() { printf '%s\n' "$PASSWORD" | node quang-tho disclosure "$@"; }
state() { # SIDE ID
    "$1" disclosure list --json | jq -r --arg i "$2" \
        '.[] | select(.id == $i) | "\(.state) \(.openings)"'
}
here() { node quang-tho "$@"; }
at_hub_is() { [ "$(state hub "$1")" = "$2" ]; }

init_hub
start_hub
join_and_start quang-tho
SHARES=$(grep -h '^share ' "$PLACE/log/quang-tho.join")
for user in 'lan officer' 'minh custodian'; do
    # shellcheck disable=SC2086 # name and role
    set -- $user
    printf '%s\n%s\n' "$PASSWORD" "$SHARES" |
        node quang-tho user add "$1" --role "$2" >/dev/null 2>&1 ||
        fail "user $1"
done

# ---- the custodian's rule

REPORT=$(sealed ma_tuy)
refused typed open "$REPORT" --as lan
refused node quang-tho disclosure request "$REPORT" --reason 'gọi 0912345678' --as lan
ID=$(node quang-tho disclosure request "$REPORT" --reason "$WHY" --as lan 2>/dev/null)
wait_until 30 'the district hears that it was asked' at_hub_is "$ID" 'asked 0'
refused typed approve "$ID" --as lan
refused typed open "$ID" --as lan
typed approve "$ID" >/dev/null 2>&1 || fail 'the only custodian consents'
SEEN=$(typed open "$ID" --as lan --json 2>/dev/null)
same 'the name' "$NAME" "$(jq -r .name <<<"$SEEN")"
same 'the telephone' "$PHONE" "$(jq -r .phone <<<"$SEEN")"
refused typed open "$ID" --as minh
pass 'who asked sees the sender when a custodian consented, and nobody else'

# ---- a name as a Mac types it: its letters in pieces

PIECES=$'Ha\xcc\xa3nh' WHOLE=$'H\xe1\xba\xa1nh'
printf '%s\n%s\n' "$PASSWORD" "$SHARES" |
    node quang-tho user add "$PIECES" --role officer >/dev/null 2>&1
for name in "$WHOLE" "$PIECES"; do
    same 'by duty, of a name in pieces' "$NAME" "$(typed open "$(sealed on_ao)" \
        --as "$name" --json 2>/dev/null | jq -r .name)"
done
node quang-tho user disable "$PIECES" 2>/dev/null || fail 'shut out by pieces'
refused typed open "$(sealed on_ao)" --as "$PIECES"
pass 'a name in pieces is the same name, and opens what it may'

# ---- the duty rule, and no

DUTY=$(sealed on_ao)
same 'by duty' "$NAME" \
    "$(typed open "$DUTY" --as lan --json 2>/dev/null | jq -r .name)"
NO=$(node quang-tho disclosure request "$REPORT" --reason "$WHY" --as lan 2>/dev/null)
node quang-tho disclosure refuse "$NO" --reason 'Chưa cần' --as minh >/dev/null 2>&1
pass 'the officer on duty sees one of the duty key; a custodian says no'

# ---- both books

wait_until 30 'the district hears that it was seen' at_hub_is "$ID" 'open 1'
wait_until 30 'the district hears the no' at_hub_is "$NO" 'refused 0'
same 'here' 'open 1' "$(state here "$ID")"
same 'why, here' "$WHY" "$(node quang-tho disclosure list --json |
    jq -r --arg i "$ID" '.[] | select(.id == $i) | .reason')"
same 'who, there' 'quang-tho lan minh' "$(hub disclosure list --json |
    jq -r --arg i "$ID" '.[] | select(.id == $i) |
        "\(.unit) \(.asked_by) \(.decided_by)"')"
same 'all of them, there' 5 "$(hub disclosure list --json | jq length)"
for word in "$NAME" "$PHONE" "$WHY" 'Chưa cần'; do
    ! grep -rqaF "$word" "$PLACE/hub" || fail "\"$word\" has come to the district"
done
for word in "$NAME" "$PHONE"; do
    ! grep -rqaF "$word" "$PLACE/quang-tho" ||
        fail "\"$word\" lies in clear in the commune"
done
verify_all quang-tho
pass 'both ends have it in their books, and neither has the name'
