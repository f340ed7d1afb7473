#!/usr/bin/env bash
# Every role at every path and every command of a hub and a node, by real HTTP,
# against the tables of policy.c; and what no role may see: words of reports at
# the district that were not passed on, a sealed sender, somebody else's things.
# web_roles.mjs asks; the tables themselves are judged by unit tests.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

PASSWORD='một câu dài để thử 1'
NODEJS=$(type -P node || type -P nodejs) || fail 'Node.js is missing'

init_hub
people=()
for role in operator duty analyst auditor; do
    hub user add "$role" --role "$role" <<<"$PASSWORD" >"$PLACE/in/user" 2>&1
    people+=("$(hub user totp "$role" --json 2>/dev/null |
        jq -c --arg r "$role" '{role: $r, code: .codes[0]}')")
done
printf '%s\n' "${people[@]}" | jq -s . >"$PLACE/in/hub.people"
WEB=127.0.0.1:0
start_hub
join_node quang-tho
SHARES=$(grep -h '^share ' "$PLACE/log/quang-tho.join")
for role in officer leader custodian auditor; do
    { echo "$PASSWORD"; [ $role = auditor ] || echo "$SHARES"; } |
        node quang-tho user add $role --role $role >"$PLACE/in/user" 2>&1 ||
        fail "user $role: $(tail -n 1 "$PLACE/in/user")"
done
jq -n '["officer", "leader", "custodian", "auditor"] | map({role: .})' >"$PLACE/in/node.people"

# A report of each kind. What stands in one must not be met in the wrong place.
add() { # TEXT OPTION..
    node quang-tho report add --category ma_tuy --text "$@" --json 2>/dev/null | jq -r .id
}
OWN=$(add 'Chuyện-riêng-của-xã' --name 'Phạm-Kín-Đáo' --phone 0900000077)
PASSED=$(add 'Chuyện-đã-chuyển-huyện')
node quang-tho report move "$PASSED" da_tiep_nhan >/dev/null
node quang-tho report move "$PASSED" phan_loai >/dev/null
node quang-tho report refer "$PASSED" >/dev/null 2>&1
start_node quang-tho
passed_on() { hub report list --json | grep -q 'Chuyện-đã-chuyển-huyện'; }
wait_until 30 'the referral is at the hub' passed_on
ALERT=$(hub alert issue --event flood --headline 'Lũ lên' --text 'Sơ tán' --json | jq -r .id)
has_alert() { node quang-tho alert list --json | grep -q "$ALERT"; }
wait_until 30 'the alert is at the node' has_alert

jq -n --arg hub "$(jq -r .web "$PLACE/address.json")" \
    --arg node "$(node_status quang-tho web)" --arg own "$OWN" --arg passed "$PASSED" \
    --arg alert "$ALERT" --arg password "$PASSWORD" --arg root "$OPS_ROOT" \
    --arg ca "$PLACE/hub/web/ca.crt" --slurpfile h "$PLACE/in/hub.people" \
    --slurpfile n "$PLACE/in/node.people" '{root: $root, ca: $ca, password: $password,
        own: $own, passed: $passed, alert: $alert,
        hub: {url: $hub, people: $h[0]}, node: {url: $node, people: $n[0]}}' \
    >"$PLACE/in/district.json"
"$NODEJS" "$(dirname "$0")/web_roles.mjs" "$PLACE/in/district.json" ||
    fail 'a role met another door than its own'
! grep -rqE 'Phạm-Kín-Đáo|0900000077|[Cc]huyện-riêng' "$PLACE/log" || fail 'the log has words of a report'
verify_all quang-tho
pass 'after all that both ends verify, and the logs hold no words'
