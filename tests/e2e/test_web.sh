#!/usr/bin/env bash
# The web process as a stranger, a careless browser and an operator meet it:
# what every answer carries, what is refused, who is slow, and what happens when
# it or the core ends.
#
# What is asked of the web in general, and where it is shown:
#   slow header, body, reading; a cap by address       here: 2,000 slow connections
#   smuggling, framing (CL+TE, two CL, folded, bare
#     LF, chunk sizes, NUL, 40 kB header)              here; unit: http_target
#   TLS 1.2 and 1.3, AEAD, groups                      here; ops/probe tls
#   headers on every answer, errors too; CSP; stored
#     nowhere                                          here; test_web_roles
#   cookie, fixation, a new token at login and code    test_web_login
#   CSRF: mark, Origin, Sec-Fetch-Site, type, methods  here; unit: web_gate
#   traversal, CRLF, Host, override, Range             here
#   the end of a session: logging out, another
#     password, idle, disabled                         test_web_login; unit: account_desk
#   wrong passwords: pauses by name and address; no
#     lock-out of others; nobody learns who exists     unit: account_throttle,
#                                                      account_desk; test_web_roles
#   roles, objects, ids that are guessed               test_web_roles; unit: *_policy
#   script in what people write                        browser: the CSP and `clean` of lib.mjs
#   SQL in parameters and commands; known holes        ops/probe paths, commands, crawl;
#                                                      arch: SQL in store files only
#   packed bodies                                      here: 415
#   the web user and the keys                          test_web_user; the end of this file
#   disk full, the core down, kill -9                  test_disk; here
set -euo pipefail
. "$(dirname "$0")/lib.sh"

init_hub
WEB=127.0.0.1:0
start_hub
URL=$(jq -r .web "$PLACE/address.json")
PORT=${URL##*:}
TRUST=$PLACE/trust.pem
if [ -s "$PLACE/hub/web/ca.crt" ]; then
    TRUST=$PLACE/hub/web/ca.crt
fi

# ask PATH OPTION..: the status in STATUS, the headers in HEAD, the body in BODY.
ask() {
    local path=$1
    shift
    STATUS=$(curl -sS --path-as-is --max-time 30 --cacert "$TRUST" \
        -D "$PLACE/head" -o "$PLACE/body" -w '%{http_code}' "$@" "$URL$path") ||
        STATUS=000
    HEAD=$(tr -d '\r' <"$PLACE/head" 2>/dev/null || true)
    BODY=$(tr -d '\0' <"$PLACE/body" 2>/dev/null || true)
}
answers() { [ "$(curl -s --max-time 5 --cacert "$TRUST" -o /dev/null \
    -w '%{http_code}' "$URL/")" = 200 ]; }
code() { jq -r .code <<<"$BODY"; }
change=(-X POST -H 'X-Lienxa: 1' -H 'Content-Type: application/json')

# raw TEXT: sends it over TLS as it is; the status lines of what comes back.
raw() {
    printf '%b' "$1" |
        timeout 20 openssl s_client -connect "127.0.0.1:$PORT" -quiet \
            2>/dev/null | tr -d '\r' | grep -aoE 'HTTP/1\.[01] [0-9]{3} [A-Za-z ]+' || true
}

wait_until 30 'the pages answer' answers
web_pid() { pgrep -P "$HUB_PID" -f lienxa-hub-web; }

# ---- what every answer carries

has() { grep -qi -- "^$1" <<<"$HEAD" || fail "$2: no header \"$1\" in: $HEAD"; }
carries_all() {
    has "content-security-policy: default-src 'none'; script-src 'self'" "$1"
    has 'strict-transport-security: max-age=' "$1"
    has 'x-content-type-options: nosniff' "$1"
    has 'referrer-policy: no-referrer' "$1"
    has 'cross-origin-opener-policy: same-origin' "$1"
    has 'cross-origin-resource-policy: same-origin' "$1"
    has 'permissions-policy: ' "$1"
    ! grep -qi "unsafe-" <<<"$HEAD" || fail "$1: the policy allows something unsafe"
}
ask /
same 'status of /' 200 "$STATUS"
carries_all /
has 'cache-control: no-cache' /
same 'the policy, to the letter' "default-src 'none'; script-src 'self'; style-src 'self'; worker-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'" \
    "$(sed -n 's/^[Cc]ontent-[Ss]ecurity-[Pp]olicy: //p' <<<"$HEAD")"
has 'x-frame-options: deny' /
! grep -qiE '^(server|x-powered-by|access-control-)' <<<"$HEAD" || fail "who serves is told: $HEAD"
TAG=$(sed -n 's/^[Ee][Tt][Aa][Gg]: //p' <<<"$HEAD")
ask / -H "If-None-Match: $TAG"
same 'status of / that is known' 304 "$STATUS"
ask /reports/some-page
same 'status of a page within the shell' 200 "$STATUS"
ask /
SCRIPT=$(grep -o '/assets/main\.[^"]*\.js' <<<"$BODY" | head -n 1)
ask "$SCRIPT" -H 'Accept-Encoding: br'
same 'status of a script' 200 "$STATUS"
has 'content-encoding: br' "$SCRIPT"
has 'cache-control: public, max-age=31536000, immutable' "$SCRIPT"
carries_all "$SCRIPT"
ask /sw.js
same 'status of the worker that keeps the pages' 200 "$STATUS"
has 'content-type: text/javascript' /sw.js
has 'cache-control: no-cache' /sw.js
carries_all /sw.js
has "content-security-policy: .*worker-src 'self'" /sw.js
ask /assets/none.js
same 'status of a script that is not there' 404 "$STATUS"
carries_all 'a 404'
pass 'pages come with a strict policy, are kept by browsers, and say when they changed'

# ---- nobody is in

for path in /api/session /api/status /api/catalogue /api/events /api/nothing; do
    ask "$path"
    same "status of $path" 401 "$STATUS"
    same "code of $path" login "$(code)"
    carries_all "$path"
done
same 'the name before anybody is in' 'Quảng Điền' "$(jq -r .name <<<"$BODY")"
ask /api/status -H "Cookie: __Host-lienxa=$(printf '%064d' 0)"
same 'status with a token that was never given' 401 "$STATUS"
pass 'without a session nothing is read'

# ---- another site's page

BODY_IN='{"id":"01900000-0000-7000-8000-000000000001","command":"alarm.clear","args":{}}'
for header in 'Origin: https://evil.example' 'Origin: null' \
    'Sec-Fetch-Site: cross-site' 'Sec-Fetch-Site: same-site'; do
    ask /api/command "${change[@]}" -H "$header" -d "$BODY_IN"
    same "status with $header" 403 "$STATUS"
    same "code with $header" forbidden "$(code)"
done
ask /api/command -X POST -H 'Content-Type: application/json' -d "$BODY_IN"
same 'status without X-Lienxa' 403 "$STATUS"
ask /api/command -X POST -H 'X-Lienxa: 1' -d "$BODY_IN"
same 'status of a form' 415 "$STATUS"
ask /api/session -H 'Sec-Fetch-Site: cross-site'
same 'status of a read by another site' 403 "$STATUS"
ask /api/command "${change[@]}" -H "Origin: $URL" -d "$BODY_IN"
same 'status of our own page without a session' 401 "$STATUS"
pass 'what another site makes a browser ask is refused'

# ---- paths, methods, sizes

for path in /../etc/passwd /..%2f..%2fetc/passwd /assets/../index.html \
    /assets/%2e%2e/x //etc/passwd /api/%00 /api/%ff '/api/x?a=1&a=2' '/%5c..%5cx' \
    /%252e%252e/x /assets/..%252fx '/..\x' /%c0%ae%c0%ae/x /%e0%80%af /./x /x/.. /%u002e%u002e/x \
    '/api/status?a=%0d%0aX-Evil:1' '/api/status?a%0aX-Evil=1' /%0d%0aX-Evil:1 /x%09y \
    "/api/status?$(printf 'a%s=1&' {1..40})"; do
    ask "$path"
    same "status of $path" 400 "$STATUS"
done
ask "/$(printf 'a%.0s' {1..5000})"
same 'status of a long path' 414 "$STATUS"
for method in PUT DELETE PATCH OPTIONS TRACE; do
    ask /api/command -X "$method" -H 'X-Lienxa: 1'
    same "status of $method" 405 "$STATUS"
done
for name in X-HTTP-Method-Override X-HTTP-Method X-Method-Override; do
    ask /api/session -H "$name: DELETE" -H 'X-Lienxa: 1'
    same "status of GET with $name" 401 "$STATUS"
    ! grep -qi '^set-cookie' <<<"$HEAD" || fail "$name is heard"
done
ask / -H 'Range: bytes=0-9'
same 'status of a part' 200 "$STATUS"
ask / -H 'Host: evil.example' -H 'X-Forwarded-Host: evil.example' -H 'X-Forwarded-For: 10.9.9.9' \
    -H 'Forwarded: for=10.9.9.9;host=evil.example'
same 'status of a page by another name' 200 "$STATUS"
! grep -q 'evil\|10\.9\.9' <<<"$HEAD$BODY" || fail 'a name that was claimed comes back'
ask / -I
same 'status of HEAD' 200 "$STATUS"
same 'what HEAD brings, and no body' "$HEAD" "$(tr -d '\r' <"$PLACE/body")"
ask / -H "X-Long: $(head -c 40000 /dev/zero | tr '\0' a)"
case $STATUS in
400 | 413 | 431 | 000) ;;
*) fail "a header of 40 kB: $STATUS" ;;
esac
head -c 1100000 /dev/zero | tr '\0' ' ' >"$PLACE/in/big"
ask /api/command "${change[@]}" --data-binary "@$PLACE/in/big"
same 'status of a body that is too long' 413 "$STATUS"
ask /api/command "${change[@]}" -H 'Transfer-Encoding: chunked' --data-binary "@$PLACE/in/big"
case $STATUS in
413 | 000) ;;
*) fail "a body of unknown length that is too long: $STATUS" ;;
esac
ask /api/command "${change[@]}" -H 'Content-Encoding: gzip' -d "$BODY_IN"
same 'status of a packed body' 415 "$STATUS"
ask /api/command "${change[@]}" -H "Cookie: __Host-lienxa=$(printf '%064d' 0)" -d '[[[['
case $STATUS in
400) ;;
*) fail "a body that is no JSON: $STATUS" ;;
esac
pass 'paths, methods and sizes are refused with their number'

# ---- one request that two readers would take for two

N='\r\n'
H="Host: 127.0.0.1:$PORT$N"
J="X-Lienxa: 1${N}Content-Type: application/json$N"
smuggle() { # WHAT REQUEST: 400, and nothing else (libmicrohttpd 0.9.75 says some twice)
    same "$1" 'HTTP/1.1 400 Bad Request' "$(raw "$2" | sort -u)"
}
TAIL="GET /api/session HTTP/1.1$N$H$N"
smuggle 'Content-Length and Transfer-Encoding' \
    "POST /api/command HTTP/1.1$N$H${J}Content-Length: 4${N}Transfer-Encoding: chunked$N${N}0$N$N$TAIL"
smuggle 'two lengths' \
    "POST /api/command HTTP/1.1$N$H${J}Content-Length: 4${N}Content-Length: 5$N${N}abcd$TAIL"
smuggle 'twice the same length' \
    "POST /api/command HTTP/1.1$N$H${J}Content-Length: 4${N}Content-Length: 4$N${N}abcd$TAIL"
smuggle 'a length with a sign' \
    "POST /api/command HTTP/1.1$N$H${J}Content-Length: +4$N${N}abcd$TAIL"
smuggle 'an unknown coding' \
    "POST /api/command HTTP/1.1$N$H${J}Transfer-Encoding: xchunked$N${N}0$N$N$TAIL"
smuggle 'two codings' \
    "POST /api/command HTTP/1.1$N$H${J}Transfer-Encoding: chunked${N}Transfer-Encoding: identity$N${N}0$N$N$TAIL"
smuggle 'two hosts' "GET /api/session HTTP/1.1$N${H}Host: other$N$N$TAIL"
smuggle 'an identity' \
    "POST /api/command HTTP/1.1$N$H${J}Transfer-Encoding: identity$N$N$TAIL"
smuggle 'chunked, and something else' \
    "POST /api/command HTTP/1.1$N$H${J}Transfer-Encoding: chunked, identity$N${N}0$N$N$TAIL"
smuggle 'a coding behind a vertical tab' \
    "POST /api/command HTTP/1.1$N$H${J}Transfer-Encoding: \\vchunked$N${N}0$N$N$TAIL"
smuggle 'a folded header' \
    "POST /api/command HTTP/1.1$N$H${J}Transfer-Encoding:$N chunked${N}Content-Length: 4$N${N}0$N$N$TAIL"
smuggle 'a NUL in a header' "GET /api/session HTTP/1.1$N${H}X-A: a\\0b$N$N$TAIL"
smuggle 'no host' "GET /api/session HTTP/1.1$N$N$TAIL"
smuggle 'a whole address of another host' "GET https://evil.example/ HTTP/1.1$N$H$N$TAIL"
smuggle 'a bare LF' "GET /api/session HTTP/1.1\n${H}\n$TAIL"
smuggle 'a header behind a bare LF' \
    "POST /api/command HTTP/1.1$N$H${J}X-A: b\nContent-Length: 4$N${N}abcd$TAIL"
smuggle 'a line that ends in CR' "GET /api/session HTTP/1.1\r$H$N$TAIL"
smuggle 'a chunk that ends in a bare LF' \
    "POST /api/command HTTP/1.1$N$H${J}Transfer-Encoding: chunked$N${N}4;a\nxx${N}abcd${N}0$N$N$TAIL"
smuggle 'chunks in HTTP/1.0' \
    "POST /api/command HTTP/1.0$N$H${J}Transfer-Encoding: chunked$N${N}0$N$N$TAIL"
smuggle 'HTTP/0.9' "GET /$N"
same 'a chunk longer than 64 bits' 'HTTP/1.1 413 Content Too Large' \
    "$(raw "POST /api/command HTTP/1.1$N$H${J}Transfer-Encoding: chunked$N${N}fffffffffffffffff${N}ab$N$TAIL")"
smuggle 'a chunk of a negative length' \
    "POST /api/command HTTP/1.1$N$H${J}Transfer-Encoding: chunked$N$N-1${N}ab$N$TAIL"
smuggle 'a space before the colon' \
    "POST /api/command HTTP/1.1$N$H${J}Content-Length : 4$N${N}abcd$TAIL"
CLOSED="${TAIL%"$N"}Connection: close$N$N"
same 'chunks with an extension and a length behind them, then another request' \
    "HTTP/1.1 400 Bad Request
HTTP/1.1 401 Unauthorized" "$(raw "POST /api/command HTTP/1.1$N$H${J}Transfer-Encoding: chunked$N${N}4;a=b${N}abcd${N}0${N}Content-Length: 50$N$N$CLOSED")"
same 'two requests in one go' "HTTP/1.1 401 Unauthorized
HTTP/1.1 401 Unauthorized" "$(raw "$TAIL$CLOSED")"
pass 'a request that could be read in two ways is refused and the line closed'

# ---- TLS

tls() { timeout 20 openssl s_client -connect "127.0.0.1:$PORT" "$@" </dev/null \
    >"$PLACE/tls" 2>&1; }
tls -tls1_3 -CAfile "$TRUST" -verify_return_error || fail "TLS 1.3: $(tail -n 5 "$PLACE/tls")"
tls -tls1_2 || fail 'TLS 1.2 is refused'
! tls -tls1_1 -cipher 'ALL@SECLEVEL=0' || fail 'TLS 1.1 is taken'
! tls -tls1_3 -groups ffdhe2048:ffdhe8192 || fail 'a finite field is taken'
tls -tls1_3 -groups P-256 || fail 'P-256 is refused'
! tls -tls1_2 -cipher 'AES128-GCM-SHA256' || fail 'a cipher without forward secrecy is taken'
! tls -tls1_2 -cipher 'ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256' ||
    fail 'a CBC cipher is taken'
pass 'TLS 1.2 and 1.3 only, with ciphers that keep and prove'

# ---- slow clients, from the address of everybody else

figure "memory of the idle web process: $(awk '/VmRSS/ {print $2}' "/proc/$(web_pid)/status") KiB of 20480"
start "$PLACE/log/slow.log" "$BIN/lienxa-slow" hold "$PORT" --count 2000 --seconds 30
SLOW=$STARTED
wait_until 120 'the slow ones are there' grep -q opened "$PLACE/log/slow.log"
for _ in {1..5}; do
    ask /
    same 'status of a page beside 2,000 slow connections' 200 "$STATUS"
done
# on one connection, as a browser has it
urls=()
for _ in {1..50}; do
    urls+=(-o /dev/null "$URL/")
done
curl -s --cacert "$TRUST" -w '%{time_pretransfer} %{time_starttransfer}\n' \
    "${urls[@]}" | awk '{print ($2 - $1) * 1000}' | sort -n >"$PLACE/in/times"
figure "a page beside 2,000 slow connections: $(sed -n 25p "$PLACE/in/times") ms median, $(tail -n 1 "$PLACE/in/times") ms longest of 50"
wait "$SLOW" || fail 'lienxa-slow failed'
forget "$SLOW"
figure "slow connections: $(tail -n 1 "$PLACE/log/slow.log")"
same 'slow ones left after their time' 0 "$(tail -n 1 "$PLACE/log/slow.log" | jq .left)"
figure "memory after them: $(awk '/VmRSS/ {print $2}' "/proc/$(web_pid)/status") KiB"
pass 'pages answer beside 2,000 slow connections, and those are ended'

# ---- the web process dies, the core dies

OLD=$(web_pid)
kill -KILL "$OLD"
SINCE=${EPOCHREALTIME/[.,]/}
wait_until 30 'the pages are back' answers
figure "back after kill -9 of the web process: $(((${EPOCHREALTIME/[.,]/} - SINCE) / 1000)) ms"
[ "$(web_pid)" != "$OLD" ] || fail 'it is the same process'
hub address --json | jq -e --arg w "$URL" '.web == $w' >/dev/null || fail 'the port changed'
pass 'a web process that dies is back on the same port'

OLD=$(web_pid)
kill_hub
wait_until 30 'the web process ends with its core' eval "! kill -0 $OLD 2>/dev/null"
pass 'the web process ends with the core, however that ends'

start "$PLACE/log/web.log" "$BIN/lienxa-hub-web" serve --data "$PLACE/hub" \
    --listen "127.0.0.1:$PORT"
WEB_PID=$STARTED
wait_until 30 'pages without a core' answers
ask /api/session
same 'status of a read without a core' 401 "$STATUS"
ask /api/session "${change[@]}" -d '{"name":"a","password":"b"}'
same 'status of a change without a core' 503 "$STATUS"
same 'code of a change without a core' core "$(code)"
pass 'without a core pages and reads go on, and a change says what is the matter'
mv "$PLACE/hub/hub.db" "$PLACE/hub/away.db"
ask /api/session
mv "$PLACE/hub/away.db" "$PLACE/hub/hub.db"
same 'status without a database' 503 "$STATUS"
! grep -qE '/|[.]db|sqlite' <<<"$BODY" || fail "a stranger is told where things lie: $BODY"
stop "$WEB_PID" || fail 'the web process did not stop well'

# ---- as a user of its own

if [ "$(id -u)" = 0 ] && id nobody >/dev/null 2>&1; then
    chmod 711 "$PLACE"
    SERVE_OPTIONS=(--web-user nobody)
    start_hub
    wait_until 30 'the pages of another user answer' answers
    same 'who shows the pages' nobody "$(ps -o user= -p "$(web_pid)" | tr -d ' ')"
    ask /api/session
    same 'the database read by another user' 'Quảng Điền' "$(jq -r .name <<<"$BODY")"
    as() { setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups "$@" 2>&1; }
    for file in keys keys/sign.key keys/curve.key control.sock lock; do
        ! as cat "$PLACE/hub/$file" >/dev/null || fail "the web user can read $file"
    done
    ! as touch "$PLACE/hub/new" >/dev/null || fail 'the web user can make files'
    ! as dd if=/dev/null of="$PLACE/hub/hub.db" conv=notrunc >/dev/null ||
        fail 'the web user can write the database'
    as head -c 16 "$PLACE/hub/hub.db" | grep -q SQLite ||
        fail 'the web user cannot read the database'
    ask /api/session "${change[@]}" -d '{"name":"nobody-here","password":"a wrong password"}'
    [ -S "$PLACE/hub/web.sock" ] || fail 'where is web.sock?'
    same 'a wrong password, said by the core through web.sock' 401 "$STATUS"
    stop_hub
    pass 'as a user of its own it reads the database, reaches the core, and no key'
else
    skip 'as a user of its own: only root can show it'
fi
