#!/usr/bin/env bash
# A hub set up over its page's API: who has no code gets nowhere, a power cut at
# any step goes on with the same code, nothing is made twice, and no code, share
# or password is left in a file or a log.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

DATA=$PLACE/hub LOG=$PLACE/log/hub.log WORDS='sông Bồ mùa nước cạn'
JAR=$PLACE/jar

begin() { # the program, as a service starts it
    start "$LOG" "$BIN/lienxa-hub" --data "$DATA" serve --setup \
        --web "${URL:-127.0.0.1:0}" --express tcp://127.0.0.1:0 \
        --bulk tcp://127.0.0.1:0 --enrol tcp://127.0.0.1:0 >/dev/null
    HUB_PID=$STARTED
    wait_until 30 'it says where its page is' asked_for "$1"
    URL=$(hub address --json | jq -r .web)
    URL=${URL#https://}
    wait_until 30 'its page answers' is_up
}
asked_for() { # N: so many codes were printed by now
    [ "$(grep -c 'setup.waiting' "$LOG")" -ge "$1" ] && hub address --json >/dev/null 2>&1
}
is_up() { curl -sk -o /dev/null "https://$URL/api/session"; }
ask() { # COMMAND [ARGS]: the reply
    curl -sk -b "$JAR" -c "$JAR" -H 'X-Lienxa: 1' -H 'Content-Type: application/json' \
        -d "$(jq -nc --arg c "$1" --argjson a "${2:-{\}}" '{command: $c, args: $a}')" \
        "https://$URL/api/setup"
}
state() { ask state | jq -r ".out$1"; }
rests() { [ "$(state .working)" = false ]; }
step_is() { [ "$(ask state | jq -r '"\(.out.step) \(.out.working)"')" = "$1 false" ]; }
last_code() { grep -o 'code=[0-9A-Z-]*' "$LOG" | sed -n "${1}p" | cut -d= -f2; }
enter() { # N: with the N-th code that was printed
    rm -f "$JAR"
    same 'the code' true "$(ask code "$(jq -nc --arg c "$(last_code "$1")" \
        '{code: $c}')" | jq .ok)"
    wait_until 30 rests
}
do_step() { # COMMAND ARGS STEP
    same "$1" true "$(ask "$1" "$2" | jq .ok)"
    wait_until 30 "step $3" step_is "$3"
}
make() {
    do_step make "$(jq -nc --rawfile r "$ROSTER" \
        '{name: "Quảng Điền", roster: $r}')" shares
}
groups() { # the two groups that are asked for, as arguments
    ask state | jq -c '.out.shares | . as $s |
        def group(line; i): line | split(" ")[2] | split("-")[$s.ask[i].group - 1];
        {first: group(.first; 0), second: group(.second; 1)}'
}

# ---- asked for, and only then ----

refused "$BIN/lienxa-hub" --data "$DATA" serve --web 127.0.0.1:0
grep -q 'no hub in' <<<"$REASON" || fail "$REASON"
rc=0
"$BIN/lienxa-hub" --data "$DATA" serve --setup 2>/dev/null || rc=$?
same '--setup without a page' 2 "$rc"
[ ! -e "$DATA" ] || fail 'a refused start made something'
pass 'without --setup an empty folder is refused as ever'

# ---- strangers ----

begin 1
same 'status' 401 "$(curl -sk -o /dev/null -w '%{http_code}' "https://$URL/api/session")"
for command in state make shares confirm people; do
    same "$command without the code" login "$(ask $command | jq -r .code)"
done
waits() { # the pause grows until it is met
    ask code '{"code":"0000-0000-0000-0000-0000"}' |
        jq -e '.code == "busy" and .retry_after > 0' >/dev/null
}
wait_until 30 'who guesses waits' waits
same 'mark' forbidden "$(curl -sk -d '{}' -H 'Content-Type: application/json' \
    "https://$URL/api/setup" | jq -r .code)"
refused hub user list
refused hub init --name X --roster "$ROSTER"
[ ! -e "$DATA/hub.db" ] || fail 'a stranger made something'
pass 'without the code nothing is told and nothing done; who guesses waits'

# ---- the power goes at every step ----

kill_hub
begin 2
enter 1 # the first code still lets in
make
SEEN=$(state .shares.first)
kill_hub
begin 3
enter 1
same 'a hub whose sheets nobody proved' make "$(state .step)"
make
[ "$(state .shares.first)" != "$SEEN" ] || fail 'the lost sheets came back'
SEEN=$(state .shares.first)
same 'the browser was closed' "$SEEN" "$(rm -f "$JAR" && enter 3 && state .shares.first)"
same 'a wrong group' invalid "$(ask confirm '{"first":"AAAA","second":"AAAA"}' | jq -r .code)"
do_step confirm "$(groups)" people
kill_hub
begin 4
enter 4
same 'sheets that were proved' people "$(state .step)"
same 'and not shown again' null "$(state .shares)"
same 'made twice' conflict "$(ask make '{}' | jq -r .code)"
same people true "$(ask people "$(jq -nc --arg w "$WORDS" \
    '{name: "minh", password: $w}')" | jq .ok)"
serves() { hub address --json 2>/dev/null | jq -e '.express != null' >/dev/null; }
wait_until 30 'the hub itself serves' serves
wait_until 30 is_up
same 'where the page was' "https://$URL" "$(hub address --json | jq -r .web)"
same 'users' 'minh operator' "$(hub user list --json | jq -r '.[] | "\(.name) \(.role)"')"
same 'the code is worth nothing' 404 "$(curl -sk -o /dev/null -w '%{http_code}' \
    -H 'X-Lienxa: 1' -H 'Content-Type: application/json' -d '{}' "https://$URL/api/setup")"
[ ! -e "$DATA/setup" ] || fail 'the set-up left something'
hub verify >/dev/null || fail 'the hub does not verify'
pass 'a power cut at any step goes on with the same code, and makes nothing twice'

# ---- what is left of it ----

group=$(cut -d- -f9 <<<"$SEEN")-$(cut -d- -f10 <<<"$SEEN")
for secret in "$WORDS" "$group" "$(cut -d' ' -f3 <<<"$SEEN")"; do
    ! grep -raqF -- "$secret" "$DATA" "$PLACE/log" || fail "$secret was kept"
done
! grep -raqF -- "$(last_code 4)" "$DATA" || fail 'a code was kept'
stop_hub
start_hub
pass 'no share, password or code is left in a file, and it starts as any hub'
