#!/usr/bin/env bash
# Logging in over the web, what a session may do, what its pages hear, and its
# end.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

init_hub
SECRET=Xq7vTb29LmZk # ends every password here, right or wrong
PASSWORD="mật khẩu rất dài $SECRET"
hub user add truc --role duty <<<"$PASSWORD" >"$PLACE/in/truc" 2>&1
hub user totp truc --json >"$PLACE/in/totp" 2>/dev/null
WEB=127.0.0.1:0
start_hub
URL=$(jq -r .web "$PLACE/address.json")
TRUST=$PLACE/hub/web/ca.crt
COOKIE=

# ask METHOD PATH [BODY]: as a page would, with COOKIE; the status in STATUS,
# the headers in HEAD, the body in BODY. A new cookie lands in COOKIE.
ask() {
    local set options=(-X "$1" -H 'X-Lienxa: 1' -H "Origin: $URL")
    [ -z "$COOKIE" ] || options+=(-H "Cookie: other=1; __Host-lienxa=$COOKIE")
    [ $# -lt 3 ] || options+=(-H 'Content-Type: application/json' -d "$3")
    STATUS=$(curl -sS --max-time 60 --cacert "$TRUST" -D "$PLACE/head" \
        -o "$PLACE/body" -w '%{http_code}' "${options[@]}" "$URL$2") || STATUS=000
    HEAD=$(tr -d '\r' <"$PLACE/head")
    BODY=$(cat "$PLACE/body")
    set=$(sed -n 's/^[Ss]et-[Cc]ookie: __Host-lienxa=\([0-9a-f]*\);.*/\1/p' <<<"$HEAD")
    if grep -qi '^set-cookie:' <<<"$HEAD"; then COOKIE=$set; fi
}
is() { # STATUS CODE WHAT
    same "status of $3" "$1" "$STATUS"
    [ "$2" = - ] || same "code of $3" "$2" "$(jq -r .code <<<"$BODY")"
}
login() { jq -cn --arg n "$1" --arg p "$2" '{name: $n, password: $p}'; }
new_id() { cat /proc/sys/kernel/random/uuid; }
run() { # COMMAND ARGS [ID]
    ask POST /api/command "$(jq -cn --arg c "$1" --argjson a "$2" \
        --arg i "${3:-$(new_id)}" '{id: $i, command: $c, args: $a}')"
}
code() { jq -r ".codes[$1]" "$PLACE/in/totp"; }
answers() { [ "$(curl -s --max-time 5 --cacert "$TRUST" -o /dev/null \
    -w '%{http_code}' "$URL/")" = 200 ]; }
wait_until 30 'the pages answer' answers

# ---- getting in

ask POST /api/session "$(login truc "another long one $SECRET")"
is 401 login 'a wrong password'
WRONG=$BODY
ask POST /api/session "$(login nobody-of-that-name "another long one $SECRET")"
same 'what a name that does not exist is told' "$WRONG" "$BODY"
ask POST /api/session '{"name":"truc"}'
is 400 invalid 'no password'
ask POST /api/session "$(login truc "$(head -c 5000 /dev/zero | tr '\0' a)")"
is 413 large 'a password of 5 kB'

COOKIE=$(printf '%064d' 7) # put there by somebody else
ask POST /api/session "$(login truc "$PASSWORD")"
is 200 - 'the right password'
same 'a code is wanted' true "$(jq .needs_code <<<"$BODY")"
! grep -q "$(printf '%064d' 7)" <<<"$HEAD" || fail 'the token was fixed by somebody else'
grep -qi "^set-cookie: __Host-lienxa=$COOKIE; Path=/; Secure; HttpOnly; SameSite=Strict\$" \
    <<<"$HEAD" || fail "the cookie: $HEAD"
! grep -q "$COOKIE" <<<"$BODY" || fail 'the token is in the body, where scripts see it'
! grep -q "$COOKIE" "$PLACE/log/hub.log" || fail 'the token is in the log'
pass 'a wrong password and a wrong name sound the same; the cookie is for the browser only'

HALF=$COOKIE
ask GET /api/status
is 403 code 'a read before the code'
run alarm.clear '{"id":1}'
[ "$STATUS" != 200 ] || fail 'a command before the code'
ask POST /api/session/code '{"code":"AAAA-AAAA-AAAA"}'
[ "$STATUS" != 200 ] || fail 'a wrong code was taken'
COOKIE=$HALF
ask POST /api/session/code "$(jq -cn --arg c "$(code 0)" '{code: $c}')"
is 200 - 'the code'
[ "$COOKIE" != "$HALF" ] || fail 'the token is the same after the code'
IN=$COOKIE
COOKIE=$HALF
ask GET /api/session
is 401 login 'the token from before the code'
COOKIE=$IN
ask GET /api/session
is 200 - 'the session'
same 'who' 'truc duty false' "$(jq -r '"\(.user) \(.role) \(.needs_code)"' <<<"$BODY")"
jq -e '.may | index("alert.issue")' <<<"$BODY" >/dev/null || fail "may: $BODY"
pass 'nothing is read or done before the code, and the token changes with it'

# ---- what it may do

ask GET /api/status
is 200 - 'a read'
TAG=$(sed -n 's/^[Ee][Tt][Aa][Gg]: //p' <<<"$HEAD")
[ -n "$TAG" ] || fail 'a read without a tag'
ask GET /api/catalogue
is 200 - 'the catalogue'
same 'kinds of report' 39 "$(jq '.categories | length' <<<"$BODY")"
curl -sS --cacert "$TRUST" -H "Cookie: __Host-lienxa=$COOKIE" -D "$PLACE/head" \
    -H 'Accept-Encoding: gzip' "$URL/api/catalogue" >"$PLACE/in/packed"
grep -qi '^content-encoding: gzip' "$PLACE/head" || fail 'a long read is not compressed'
same 'the compressed catalogue' "$(jq -c .categories <<<"$BODY")" \
    "$(gunzip <"$PLACE/in/packed" | jq -c .categories)"
figure "the catalogue: ${#BODY} characters, $(stat -c %s "$PLACE/in/packed") bytes on the way"
ask GET /api/session -H 'Accept-Encoding: gzip'
! grep -qi '^content-encoding' <<<"$HEAD" || fail 'who one is must not be compressed'
ask GET /api/audit
is 403 forbidden 'what the duty officer may not see'
run user.add '{"name":"x","role":"operator","password":"long enough a word"}'
is 403 forbidden 'what the duty officer may not do'
run watch '{"since":0}'
is 400 invalid 'a command that is none for pages'
run nothing.of.that.name '{}'
[ "$STATUS" != 200 ] || fail 'a command that there is not'

start "$PLACE/log/pages.log" "$BIN/lienxa-slow" events "${URL##*:}" --count 200 \
    --seconds 120 --cookie "$COOKIE"
PAGES=$STARTED
wait_until 120 '200 pages are open' grep -q opened "$PLACE/log/pages.log"
ID=$(new_id)
run alert.issue '{"event":"flood","headline":"Lũ khẩn cấp","text":"Sơ tán"}' "$ID"
is 200 - 'an alert'
FIRST=$BODY
run alert.issue '{"event":"flood","headline":"Lũ khẩn cấp","text":"Sơ tán"}' "$ID"
same 'the same command again' "$FIRST" "$BODY"
same 'alerts' 1 "$(hub alert list --json | jq length)"
wait "$PAGES" || fail 'lienxa-slow failed'
forget "$PAGES"
HEARD=$(tail -n 1 "$PLACE/log/pages.log")
same 'pages that were open' 200 "$(jq .answered <<<"$HEARD")"
same 'pages that heard of it' 200 "$(jq .changed <<<"$HEARD")"
figure "200 pages heard of an alert within $(jq .spread_ms <<<"$HEARD") ms of each other"
pass 'a command is run once, 200 open pages hear of it, and a role keeps its bounds'

run user.passwd "$(jq -cn --arg o "$PASSWORD" '{name: "truc", old: $o,
    password: "một câu dài khác \($s)"}' --arg s "$SECRET")"
is 200 - 'a new password'
! grep -rq 'một câu dài khác' "$PLACE/log" "$PLACE/hub/hub.db" || fail 'a password was kept'
ask DELETE /api/session
is 200 - 'logging out'
same 'the cookie after it' '' "$COOKIE"
COOKIE=$IN
ask GET /api/session
is 401 login 'the token after logging out'
COOKIE=
ask POST /api/session "$(login truc "một câu dài khác $SECRET")"
is 200 - 'the new password'
pass 'a password is changed, and a session ends'

# ---- what is left of a password in the process that stretches it

if [ "$(id -u)" = 0 ] && command -v gcore >/dev/null &&
    ! watched; then
    pid=$(pgrep -P "$HUB_PID" -f lienxa-hub-web)
    (ulimit -f 1048576 && timeout 60 gcore -o "$PLACE/core" "$pid") \
        >"$PLACE/log/gcore.log" 2>&1 || fail "gcore: $(tail -n 1 "$PLACE/log/gcore.log")"
    # Registers are no memory: what a thread that rests has copied last, its next
    # copy overwrites.
    read -r offset size < <(readelf -lW "$PLACE/core.$pid" | awk '$1 == "NOTE" { print $2, $5; exit }')
    dd if=/dev/zero of="$PLACE/core.$pid" bs=1 seek=$((offset)) count=$((size)) \
        conv=notrunc status=none
    grep -qaF "$PLACE/hub/web/tls.key" "$PLACE/core.$pid" ||
        fail 'the search of its memory does not find what is there'
    same 'passwords found in its memory' 0 \
        "$(grep -aoF "$SECRET" "$PLACE/core.$pid" | grep -c '' || true)"
    rm -f "$PLACE/core.$pid"
    pass 'after five passwords its memory holds none of them'
else
    skip 'no password in its memory: only root with gcore can show it'
fi

# ---- trying and trying

COOKIE=
for _ in {1..30}; do
    ask POST /api/session "$(login truc 'not the right one')"
    [ "$STATUS" != 429 ] || break
done
is 429 busy 'many wrong passwords'
[ "$(jq .retry_after <<<"$BODY")" -ge 1 ] || fail "no pause is named: $BODY"
grep -qi '^retry-after: ' <<<"$HEAD" || fail 'no Retry-After'
pass 'who tries many passwords must wait'

# ---- another database in the place of the one that was there

stop_hub
start "$PLACE/log/web.log" "$BIN/lienxa-hub-web" serve --data "$PLACE/hub" \
    --listen "127.0.0.1:${URL##*:}"
wait_until 30 'pages without a core' answers
ask GET /api/session
is 401 login 'a read before the change'
cp "$PLACE/hub/hub.db" "$PLACE/hub/hub.db.new"
mv "$PLACE/hub/hub.db.new" "$PLACE/hub/hub.db"
ask GET /api/session
is 401 login 'a read after the change'
for _ in {1..4}; do ask GET /api/session; done
grep -q 'web.reopened' "$PLACE/log/web.log" || fail 'the old database is still read'
pass 'a database that was restored is opened anew'
