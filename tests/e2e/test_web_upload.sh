#!/usr/bin/env bash
# A photo that a page hands in, where core and pages are two users of one group,
# neither of them root, each started by itself: as the Debian packages have it
# (ops/debian, ops/systemd). What the one writes the other takes over.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

CORE=sync PAGES=nobody OTHER=daemon UNIT=quang-tho # Debian's: two of one group
PASSWORD='một câu dài để thử 1'

if [ "$(id -u)" != 0 ]; then
    skip 'only root can start two users'
    exit 0
fi
for user in $CORE $PAGES $OTHER; do
    id "$user" >/dev/null 2>&1 || {
        skip "there is no user $user here"
        exit 0
    }
done
[ "$(id -g $CORE)" = "$(id -g $PAGES)" ] || {
    skip "$CORE and $PAGES are not of one group here"
    exit 0
}
as() { # USER COMMAND..
    local user=$1
    shift
    setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups -- "$@"
}
# In the background: the program itself is what `start` knows, and ends.
run_as() {
    local user=$1
    shift
    exec setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups -- "$@"
}
chmod 711 "$PLACE"
as $PAGES test -x "$BIN/lienxa-node-web" || {
    skip "the user $PAGES cannot reach $BIN"
    exit 0
}

# ---- a commune as the package makes it

init_hub
start_hub
DATA=$PLACE/$UNIT
install -d -m 0710 -o $CORE -g "$(id -g $CORE)" "$DATA"
install -d -m 0770 -o $CORE -g "$(id -g $CORE)" "$DATA/upload"
join_node $UNIT
{ echo "$PASSWORD" && grep -h '^share ' "$PLACE/log/$UNIT.join"; } |
    node $UNIT user add minh --role officer >"$PLACE/in/user" 2>&1 ||
    fail "user add: $(tail -n 1 "$PLACE/in/user")"
same 'whose it is' $CORE "$(stat -c %U "$DATA/node.db")"
start "$PLACE/log/core.log" run_as $CORE "$BIN/lienxa-node" --data "$DATA" serve \
    --web 127.0.0.1:1 --web-service --web-user $PAGES
start "$PLACE/log/web.log" run_as $PAGES "$BIN/lienxa-node-web" --data "$DATA" serve \
    --service --listen 127.0.0.1:0

# ---- as a page does it

page() { # CURL OPTION.. PATH: the answer, which must be a good one
    curl -sS --fail-with-body --max-time 60 -k -b "$PLACE/in/jar" -c "$PLACE/in/jar" \
        -H 'X-Lienxa: 1' -H "Origin: $URL" "${@:1:$#-1}" "$URL${*: -1}" ||
        fail "${*: -1}: the page was refused"
}
listens() { URL=https://$(grep -o 'web.listening.* address=127.0.0.1:[0-9]*' "$PLACE/log/web.log" | sed 's/.*=//') && [ "$URL" != https:// ]; }
serves() { curl -sk --max-time 5 -o /dev/null --fail "$URL/ca.crt"; }
new_id() { cat /proc/sys/kernel/random/uuid; }
hand_in() { # FILE: what the command says of it
    local id size sha part
    id=$(new_id)
    size=$(stat -c %s "$1")
    sha=$(sha256sum "$1" | cut -d ' ' -f 1)
    split -b 256K -d "$1" "$PLACE/in/part."
    for part in "$PLACE"/in/part.*; do
        page -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$part" \
            "/api/uploads/$id?size=$size&part=$((10#${part##*.}))" >/dev/null
    done
    rm "$PLACE"/in/part.*
    page -H 'Content-Type: application/json' \
        -d "{\"sha256\":\"$sha\",\"name\":\"${1##*/}\"}" "/api/uploads/$id?size=$size" | jq -c .file
}
run() { # COMMAND ARGUMENTS
    page -H 'Content-Type: application/json' -d "$(jq -cn --arg c "$1" --argjson a "$2" \
        --arg i "$(new_id)" '{id: $i, command: $c, args: $a}')" /api/command
}
lies_in() { [ "$(find "$DATA/$1" -type f | wc -l)" = "$2" ]; } # FOLDER COUNT

wait_until 30 'the pages listen' listens
wait_until 30 'the pages answer' serves
page -H 'Content-Type: application/json' \
    -d "$(jq -cn --arg p "$PASSWORD" '{name: "minh", password: $p}')" /api/session >/dev/null
"$BIN/lienxa-picture" 900 MayAnhCuaAi >"$PLACE/in/ghe.jpg"
printf '%%PDF-1.4 x' >"$PLACE/in/don.pdf"
[ "$(stat -c %s "$PLACE/in/ghe.jpg")" -gt 300000 ] || fail 'the picture fits one part'
PHOTO=$(hand_in "$PLACE/in/ghe.jpg")
PAPER=$(hand_in "$PLACE/in/don.pdf")
! as $OTHER ls "$DATA/upload" 2>/dev/null || fail 'anybody sees what is handed in'
ID=$(run report.add "$(jq -cn --argjson a "$PHOTO" --argjson b "$PAPER" \
    '{category: "cat_trai_phep", text: "Ghe hút cát", attachments: [$a, $b]}')" | jq -r .out.id)
same 'files' '2 here here' "$(node $UNIT report show "$ID" --json |
    jq -r '.attachments | "\(length) \(map(.where) | join(" "))"')"
same 'its original' true "$(node $UNIT report show "$ID" --json | jq '.attachments[0].original')"
lies_in media 3 || fail 'the photo, its original and the paper are not in their place'
node $UNIT verify >"$PLACE/log/verify" 2>&1 || fail "verify: $(tail -n 3 "$PLACE/log/verify")"
! as $PAGES ls "$DATA/media" 2>/dev/null || fail 'the pages see the files of reports'
run report.attach "$(jq -cn --arg r "$ID" --argjson a "$(hand_in "$PLACE/in/don.pdf")" \
    '{report: $r, attachments: [$a]}')" >/dev/null
same 'one more' 3 "$(node $UNIT report show "$ID" --json | jq '.attachments | length')"
pass "what the pages' user hands in becomes the core's, with its original"

# ---- and what becomes of it later

node $UNIT report move "$ID" phan_loai >/dev/null
node $UNIT report refer "$ID" --with-files >"$PLACE/log/refer" 2>&1
at_hub() { [ "$(hub report files "$ID" --json | jq 'map(select(.where == "here")) | length')" = 3 ]; }
wait_until 60 'all of it is at the district' at_hub
node $UNIT report erase "$ID" --reason 'theo yêu cầu' >"$PLACE/log/erase" 2>&1
wait_until 30 'nothing of an erased report is left' lies_in media 0
! grep -q 'level=error\|web.unshared\|upload.disk' "$PLACE"/log/*.log || fail 'somebody complains'
pass 'it goes to the district, and with its report'
