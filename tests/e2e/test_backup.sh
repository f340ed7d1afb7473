#!/usr/bin/env bash
# `backup` and `restore` as the operator types them, on both sides: what is
# refused and in which words, what comes back, and that a copy tells nobody
# anything.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

PLANTED='Nguyễn Thị Mật'
PHONE='0905 777 123'
COPY=$PLACE/hub.backup
SHARES=$PLACE/log/hub.init # as `init` printed them

# take UNIT SEED COUNT: so many reports, all accepted.
take() {
    generate "$1" "$2" "$3" --days 30 >"$PLACE/in/$1.$2.jsonl"
    node "$1" report import "$PLACE/in/$1.$2.jsonl" --json \
        >"$PLACE/in/$1.$2.answers"
    same "$1: accepted" "$3" "$(grep -c '"accepted"' "$PLACE/in/$1.$2.answers")"
}
says() { # WORDS: the last refusal did
    grep -qF -- "$1" <<<"$REASON" || fail "\"$REASON\" does not say \"$1\""
}
hub_alarm_like() { hub alarm list --json | jq -r '.[].text' | grep -q "$1"; }
restore_hub() { # DATA FILE OPTION.. <SHARES
    local data=$1
    shift
    "$BIN/lienxa-hub" --data "$data" restore "$@"
}
flip() { # FILE: with one bit in its middle turned over
    local at=$(($(stat -c %s "$1") / 2)) byte
    byte=$(od -An -tu1 -j "$at" -N 1 "$1")
    head -c "$at" "$1"
    printf '%b' "$(printf '\\x%02x' $((byte ^ 1)))"
    tail -c +$((at + 2)) "$1"
}
nothing_made() { # DATA
    local left
    left=$(ls -A "$1" 2>/dev/null || true)
    case $left in
    '' | lock) ;;
    *) fail "something was left in $1: $left" ;;
    esac
}

# ---- a hub's copy ----

init_hub
start_hub
join_and_start quang-tho quang-an quang-phu
for unit in quang-tho quang-an quang-phu; do
    take "$unit" 1 40
done
node quang-tho report add --category trom_cap --text 'Mất xe' \
    --name "$PLANTED" --phone "$PHONE" >/dev/null
wait_until 30 delivered quang-tho quang-an quang-phu
hub node invite quang-loi --advertise 127.0.0.1 2>/dev/null | tail -n 1 \
    >"$PLACE/in/token"
wait_until 30 hub_total_is 121
hub backup "$COPY" >"$PLACE/log/backup"
grep -q 'differences' "$PLACE/log/backup" || fail 'it does not say that it verified'
grep -q "^$COPY holds this hub" "$PLACE/log/backup" || fail 'it does not say what it made'
same 'who may read the copy' 600 "$(stat -c %a "$COPY")"
head -n 6 "$COPY" | grep -aqx 'program hub' || fail 'a copy does not say whose it is'
head -n 6 "$COPY" | grep -aqx 'name Quảng Điền' || fail 'a copy does not say its name'
[ ! -e "$PLACE/hub/backup.tmp" ] || fail 'the temporary copy was left behind'
[ ! -e "$COPY.tmp" ] || fail 'FILE.tmp was left behind'
pass 'a serving hub is copied, verified, and says what it made'

# ---- what is refused ----

refused "$BIN/lienxa-hub" --data "$PLACE/hub" restore "$COPY" --revoked none <"$SHARES"
says 'a hub is serving'
rc=0
restore_hub "$PLACE/new" "$COPY" <"$SHARES" >/dev/null 2>&1 || rc=$?
same 'restore without --revoked is misuse' 2 "$rc"

grep '^share ' "$SHARES" >"$PLACE/in/shares"
head -n 1 "$PLACE/in/shares" >"$PLACE/in/twice"
head -n 1 "$PLACE/in/shares" >>"$PLACE/in/twice"
refused restore_hub "$PLACE/new" "$COPY" --revoked none <"$PLACE/in/twice"
nothing_made "$PLACE/new"
refused restore_hub "$PLACE/new" "$COPY" --revoked none </dev/null
says 'two shares'
LIENXA_DATA=$PLACE/other "$BIN/lienxa-hub" init --name Khác --roster "$ROSTER" \
    >"$PLACE/in/other.init" 2>&1
refused restore_hub "$PLACE/new" "$COPY" --revoked none <"$PLACE/in/other.init"
says 'belong to another key'
says 'Quảng Điền'
nothing_made "$PLACE/new"

size=$(stat -c %s "$COPY")
head -c $((size - 1000)) "$COPY" >"$PLACE/in/short"
refused restore_hub "$PLACE/new" "$PLACE/in/short" --revoked none <"$SHARES"
says 'cut short'
flip "$COPY" >"$PLACE/in/flipped"
refused restore_hub "$PLACE/new" "$PLACE/in/flipped" --revoked none <"$SHARES"
says 'was altered'
refused restore_hub "$PLACE/new" "$ROSTER" --revoked none <"$SHARES"
says 'not a copy made by lienxa'
refused restore_hub "$PLACE/new" "$PLACE/none" --revoked none <"$SHARES"
refused restore_hub "$PLACE/new" "$COPY" --revoked quang-tho,nowhere <"$SHARES"
says '"nowhere"'
nothing_made "$PLACE/new"
refused restore_hub "$PLACE/other" "$COPY" --revoked none <"$SHARES"
says 'there is a hub in'
refused hub backup "$ROSTER"
says 'choose another name'
refused hub backup "$PLACE/no-stick/copy"
says 'stick is in'
pass 'foreign, cut, altered copies, other shares, used folders: refused in words'

# A disk that fills in the middle leaves nothing under the final name.
if mkdir "$PLACE/small" && mount -t tmpfs -o size=12k tmpfs "$PLACE/small" 2>/dev/null; then
    at_end "umount '$PLACE/small'"
    refused hub backup "$PLACE/small/copy"
    says 'more room'
    same 'on the full disk' '' "$(ls -A "$PLACE/small")"
    [ ! -e "$PLACE/hub/backup.tmp" ] || fail 'the temporary copy was left behind'
    pass 'a full disk: nothing half-written is left'
else
    skip 'a full disk: no tmpfs may be mounted here'
fi

# Debris of a killed backup is removed by the next one.
mkdir "$PLACE/hub/backup.tmp"
echo old >"$PLACE/hub/backup.tmp/hub.db"
echo old >"$COPY.tmp"
hub backup "$COPY" >/dev/null
[ ! -e "$PLACE/hub/backup.tmp" ] || fail 'debris stayed'
[ ! -e "$COPY.tmp" ] || fail 'FILE.tmp stayed'
pass 'debris of a killed backup goes with the next one'

# A copy of a damaged database is refused, unless it is asked for.
stop_hub
cp -a "$PLACE/hub" "$PLACE/damaged"
start_hub
wait_until 40 units_online quang-tho quang-an quang-phu
sqlite3 "$PLACE/damaged/hub.db" \
    "UPDATE change SET fact = zeroblob(length(fact)) WHERE seq = 7" 2>/dev/null ||
    fail 'the database could not be damaged'
refused "$BIN/lienxa-hub" --data "$PLACE/damaged" backup "$PLACE/in/bad"
says 'damaged'
says '--even-if-damaged'
[ ! -e "$PLACE/in/bad" ] || fail 'a copy of damaged data was made'
"$BIN/lienxa-hub" --data "$PLACE/damaged" backup "$PLACE/in/bad" --even-if-damaged >/dev/null
refused restore_hub "$PLACE/new" "$PLACE/in/bad" --revoked none <"$SHARES"
says '--even-if-damaged'
nothing_made "$PLACE/new"
pass 'damaged data is not sealed unnoticed'

# ---- nobody reads anything from it ----

for words in "$PLANTED" "$PHONE" 'Quảng Thọ' 'cat_trai_phep' '19894@'; do
    if grep -aqF -- "$words" "$COPY"; then
        fail "the copy shows \"$words\""
    fi
done
pass 'no name, number or place can be read in the copy'

# ---- the machine is lost ----

hub backup "$COPY" >/dev/null
for unit in quang-tho quang-an quang-phu; do
    take "$unit" 2 30
done
ALERT=$(hub alert issue --event 'Lũ' --severity extreme --headline 'Lũ lên' \
    --text 'Lên nơi cao.' --json | jq -r .id)
wait_until 30 delivered quang-tho quang-an quang-phu
wait_until 30 hub_total_is 211
kill_hub
mv "$PLACE/hub" "$PLACE/hub.gone"
begin=$(elapsed_us)
restore_hub "$PLACE/hub" "$COPY" --revoked quang-phu <"$SHARES" >"$PLACE/log/restore"
grep -q '0 differences' "$PLACE/log/restore" || fail 'restore does not verify'
[ ! -e "$PLACE/hub/restoring" ] || fail 'restoring stayed'
start_hub
wait_until 60 'all that must be heard has been' hub_alarm_like 'everything is back'
figure "restore and serve -> everything is back: $(seconds $(($(elapsed_us) - begin))) s"
hub_alarm_like '2 of 2 heard' || fail "alarms: $(hub alarm list)"
same 'the shut out one' revoked "$(hub_node quang-phu state)"
same 'reports' 181 "$(hub stats --json | jq .total)"
hub alert list --json | jq -e --arg id "$ALERT" 'any(.[]; .id == $id)' >/dev/null ||
    fail 'the alert did not come back'
refused node quang-loi join "$(cat "$PLACE/in/token")"
NEXT=$(hub alert issue --event 'Lũ' --severity extreme --headline 'Lũ xuống' \
    --text 'Về nhà.' --json | jq -r .id)
wait_until 30 'an alert of the new key is at a node' \
    grep -q "alert.arrived id=$NEXT verdict=200" "$PLACE/log/quang-tho.log"
verify_all quang-tho quang-an
same 'nobody else is alarmed' 1 "$(hub alarm list --json | jq length)"
pass 'the hub is back from its copy: reports, the alert since; the named one is out, invitations are void'

# ---- a commune's copy ----

NODE_COPY=$PLACE/node.backup
NODE_SHARES=$PLACE/log/quang-tho.join
restore_node() { # DATA FILE OPTION.. <SHARES
    local data=$1
    shift
    "$BIN/lienxa-node" --data "$data" restore "$@"
}
node_alarm_like() { node "$1" alarm list --json | jq -r '.[].text' | grep -q "$2"; }

node quang-tho backup "$NODE_COPY" >"$PLACE/log/node.backup"
grep -q 'recovery shares open it' "$PLACE/log/node.backup" || fail 'it does not say who opens it'
same 'who may read the copy' 600 "$(stat -c %a "$NODE_COPY")"
[ ! -e "$PLACE/quang-tho/backup.tmp" ] || fail 'the temporary copy was left behind'
for words in "$PLANTED" "$PHONE" 'Mất xe' 'cat_trai_phep'; do
    if grep -aqF -- "$words" "$NODE_COPY"; then
        fail "the copy shows \"$words\""
    fi
done
size=$(stat -c %s "$NODE_COPY")
head -c $((size / 2)) "$NODE_COPY" >"$PLACE/in/short"
refused restore_node "$PLACE/new" "$PLACE/in/short" <"$NODE_SHARES"
says 'cut short'
flip "$NODE_COPY" >"$PLACE/in/flipped"
refused restore_node "$PLACE/new" "$PLACE/in/flipped" <"$NODE_SHARES"
says 'was altered'
refused restore_node "$PLACE/new" "$NODE_COPY" <"$PLACE/log/quang-an.join"
says 'belong to another key'
refused restore_node "$PLACE/new" "$COPY" <"$NODE_SHARES"
says 'lienxa-hub restore'
refused restore_hub "$PLACE/new" "$NODE_COPY" --revoked none <"$SHARES"
says 'lienxa-node restore'
refused restore_node "$PLACE/quang-an" "$NODE_COPY" <"$NODE_SHARES"
refused restore_node "$PLACE/quang-tho" "$NODE_COPY" <"$NODE_SHARES"
says 'new folder'
nothing_made "$PLACE/new"
pass 'a commune'\''s copy: shows nothing; cut, altered, foreign ones and other shares are refused in words'

# Written after the copy: delivered ones come back, the others are gone.
take quang-tho 3 25
wait_until 30 delivered quang-tho
BEFORE=$(node_ids quang-tho)
kill_node quang-tho
take quang-tho 4 5
mv "$PLACE/quang-tho" "$PLACE/quang-tho.gone"
restore_node "$PLACE/quang-tho" "$NODE_COPY" <"$NODE_SHARES" >"$PLACE/log/node.restore"
grep -q ' 0 differences' "$PLACE/log/node.restore" || fail 'restore does not verify'
take quang-tho 5 7 # before it could ask
start_node quang-tho
wait_until 60 'the commune is back' delivered quang-tho
node_alarm_like quang-tho 'restored from its copy' || fail 'no alarm at the commune'
for id in $BEFORE; do
    grep -qx "$id" <<<"$(node_ids quang-tho)" || fail "$id did not come back"
done
same 'reports of the commune' $((41 + 30 + 25 + 7)) "$(node_ids quang-tho | wc -l)"
wait_until 30 'and at the hub' hub_total_is $((181 + 25 + 7))
same 'ids' "$(node_ids quang-tho)" \
    "$(hub report list --unit quang-tho --json | jq -r '.[].id' | sort)"
verify_all quang-tho quang-an
pass 'a commune is back from its copy: delivered reports return, new ones are kept, figures exact'

# ---- an old copy of the hub, one commune set back, two enrolled since ----

hub backup "$COPY" >/dev/null
cp -a "$PLACE/quang-an" "$PLACE/in/quang-an.old" # as if it had a copy of its own
join_and_start quang-loi quang-ngan
for unit in quang-tho quang-an quang-loi quang-ngan; do
    take "$unit" 6 15
done
wait_until 30 delivered quang-tho quang-an quang-loi quang-ngan
wait_until 30 hub_total_is 273
AN=$(node_ids quang-an)
kill_hub
stop_nodes
mv "$PLACE/hub" "$PLACE/hub.gone2"
mv "$PLACE/quang-an" "$PLACE/quang-an.gone"
mv "$PLACE/in/quang-an.old" "$PLACE/quang-an"
rm -f "$PLACE/quang-an/control.sock"
restore_hub "$PLACE/hub" "$COPY" --revoked quang-phu,quang-ngan <"$SHARES" >"$PLACE/log/restore"
start_hub
start_node quang-loi # alone: nobody else can tell the hub of it
wait_until 60 'who was enrolled since comes back with its certificate' units_online quang-loi
grep -q '^node\.readmitted unit=quang-loi' "$PLACE/log/hub.log" || fail 'not by its certificate'
start_node quang-ngan
wait_until 60 'the shut out one is told so' node_alarm_like quang-ngan 'was revoked\|does not take it back'
units_online quang-ngan && fail 'the shut out one came in'
pass 'a machine enrolled after the copy comes back by its certificate; one in --revoked does not'

start_node quang-tho # brings the entry of the shut out one
start_node quang-an  # set back: takes its own reports from here, or from itself
wait_until 60 'all that must be heard has been' hub_alarm_like '3 of 3 heard'
wait_until 60 delivered quang-tho quang-an quang-loi
sleep 1
same 'the shut out one' revoked "$(hub_node quang-ngan state)"
units_online quang-ngan && fail 'the shut out one came in after all'
same 'reports of the shut out one' 0 "$(hub report list --unit quang-ngan --json | jq length)"
# The hub's copy and the commune's were both set back behind the 15.
same 'reports' 243 "$(hub stats --json | jq .total)"
same 'the commune that was set back' 70 "$(node_ids quang-an | wc -l)"
[ "$(wc -l <<<"$AN")" = 85 ] || fail 'the commune had not 85'
verify_all quang-tho quang-an quang-loi
pass 'hub and one commune from old copies: who holds what is back, figures exact'

TOKEN=$(hub node invite quang-ngan --advertise 127.0.0.1 2>/dev/null | tail -n 1)
stop_node quang-ngan
node quang-ngan join "$TOKEN" >/dev/null 2>&1 || fail 'the shut out commune cannot join anew'
start_node quang-ngan
wait_until 60 delivered quang-ngan
wait_until 30 hub_total_is 258
verify_all quang-ngan
pass 'the shut out commune is invited anew, and its reports arrive'
