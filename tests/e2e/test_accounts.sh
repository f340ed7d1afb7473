#!/usr/bin/env bash
# People at both programs, over the real web.sock: logging in, the second factor
# of the district, what a role may do, watching for changes, kill -9 in between,
# being shut out.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

UNIT=quang-tho
TOKEN=''
SOCKET=''

# ask COMMAND ARGS: the reply of the core.
ask() {
    jq -nc --arg id "$(cat /proc/sys/kernel/random/uuid)" --arg command "$1" \
        --arg session "$TOKEN" --argjson args "$2" \
        '{id: $id, command: $command, from: "192.0.2.7", session: $session, args: $args}' |
        "$BIN/lienxa-asker" "$SOCKET"
}
code_of() { jq -r '.code // "ok"' <<<"$1"; }
# log_in NAME PASSWORD: the reply; the token of a session lands in TOKEN.
log_in() {
    local salt proof
    TOKEN=''
    salt=$(ask session.salt "$(jq -nc --arg n "$1" '{name: $n}')" | jq -r .out.salt)
    proof=$("$BIN/lienxa-asker" --proof "$salt" "$2")
    REPLY=$(ask session.open "$(jq -nc --arg n "$1" --arg p "$proof" '{name: $n, proof: $p}')")
    TOKEN=$(jq -r '.out.session // ""' <<<"$REPLY")
}

init_hub
start_hub
join_node $UNIT
start_node $UNIT
wait_until 30 'the hub sees the node' nodes_online 1

# ---- a commune
SOCKET=$PLACE/$UNIT/web.sock
same 'mode of web.sock' 600 "$(stat -c %a "$SOCKET")"
echo 'mật khẩu của Lan' | node $UNIT user add Lan --role officer 2>/dev/null
log_in Lan 'mật khẩu của Ba'
same 'a wrong password' login "$(code_of "$REPLY")"
same 'without a session' login "$(code_of "$(ask report.add '{}')")"
log_in Lan 'mật khẩu của Lan'
same 'an officer needs a code' false "$(jq .out.needs_code <<<"$REPLY")"
REPLY=$(ask report.add '{"category":"khac","text":"cây đổ"}')
same 'a report' ok "$(code_of "$REPLY")"
ID=$(jq -r .out.id <<<"$REPLY")
same 'it is there' "$ID" "$(node $UNIT report list --json | jq -r '.[0].id')"
same 'an officer closes no period' forbidden "$(code_of "$(ask close '{"period":"2026-10"}')")"
pass 'an officer logs in, takes a report and does no more than an officer may'

REV=$(ask watch '{"since":0}' | jq .out.rev)
ask watch "{\"since\":$REV}" >"$PLACE/in/watch" &
WATCH=$!
sleep 0.3
[ ! -s "$PLACE/in/watch" ] || REV=$(jq .out.rev "$PLACE/in/watch")
ask report.add '{"category":"khac","text":"đèn hỏng"}' >/dev/null
wait $WATCH
jq -e '.ok and (.out.rev >= '"$REV"')' "$PLACE/in/watch" >/dev/null ||
    fail "a watch was answered with $(cat "$PLACE/in/watch")"
pass 'whoever watches is told of a change'

kill_node $UNIT
start_node $UNIT
node_answers() { [ "$(code_of "$(ask session.touch '{}' 2>/dev/null)")" = ok ]; }
wait_until 30 'the node answers' node_answers
REPLY=$(ask report.move "{\"report\":\"$ID\",\"state\":\"da_tiep_nhan\"}")
same 'after kill -9' ok "$(code_of "$REPLY")"
pass 'a session outlives kill -9 of the core'

node $UNIT user disable Lan 2>/dev/null
same 'who was shut out' login "$(code_of "$(ask report.add '{}')")"
log_in Lan 'mật khẩu của Lan'
same 'and comes in again' login "$(code_of "$REPLY")"
pass 'who is disabled is logged out at once and stays out'

# ---- the district
SOCKET=$PLACE/hub/web.sock
echo 'mật khẩu của Minh' | hub user add Minh --role duty 2>/dev/null
SECRET=$(hub user totp Minh --json 2>/dev/null | jq -r .secret)
log_in Minh 'mật khẩu của Minh'
same 'the district asks for a code' true "$(jq .out.needs_code <<<"$REPLY")"
same 'before it nothing' code "$(code_of "$(ask alarm.clear '{"alarm":1}')")"
same 'a wrong code' code "$(code_of "$(ask session.code '{"code":"12345"}')")"
REPLY=$(ask session.code "{\"code\":\"$("$BIN/lienxa-asker" --code "$SECRET")\"}")
same 'the right one' ok "$(code_of "$REPLY")"
TOKEN=$(jq -r .out.session <<<"$REPLY")
REPLY=$(ask alert.issue '{"event":"flood","headline":"Lũ","text":"Di dời"}')
same 'an alert' ok "$(code_of "$REPLY")"
ALERT=$(jq -r .out.id <<<"$REPLY")
node_has_alert() { node $UNIT alert list --json | jq -e --arg id "$ALERT" 'any(.[]; .id == $id)' >/dev/null; }
wait_until 30 'the alert arrives' node_has_alert
same 'no invitation by duty' forbidden "$(code_of "$(ask node.invite '{"unit":"quang-phu"}')")"
pass 'a duty officer logs in with a code and warns the communes'
