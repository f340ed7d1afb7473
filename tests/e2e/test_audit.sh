#!/usr/bin/env bash
# The audit log as a chain that the district signs: an entry that is changed,
# taken out, put in or cut off is found at the machine, and by the hub.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

UNIT=quang-tho
DB=$PLACE/$UNIT/node.db

command -v sqlite3 >/dev/null || {
    skip 'there is no sqlite3 here'
    exit 0
}

sql() { sqlite3 -batch "$1" "$2"; }
entries() { sql "$DB" 'SELECT count(*) FROM command'; }
# What `audit verify` says: holds [WORDS] and found WORDS.
said() { node "$UNIT" audit verify >"$PLACE/in/said" 2>&1; }
holds() {
    said || fail "it does not hold: $(cat "$PLACE/in/said")"
    [ $# = 0 ] || grep -q "$1" "$PLACE/in/said" || fail "not \"$1\": $(cat "$PLACE/in/said")"
}
found() {
    ! said || fail "it is not found: $1"
    grep -q "$1" "$PLACE/in/said" || fail "not \"$1\": $(cat "$PLACE/in/said")"
}
signed() { # COUNT: so many are signed by the district, at least
    node "$UNIT" audit verify | awk -v least="$1" '/^the first/ { ok = $3 >= least } END { exit !ok }'
}
alarms() { # hub or UNIT: how many of this kind are open
    "${@}" alarm list --json | jq '[.[] | select(.code == 130)] | length'
}
there() { [ "$(alarms hub)" = "$1" ] && [ "$(alarms node "$UNIT")" = "$2" ]; }
# tampered WORDS SQL: with the node down, found, and as before without it.
tampered() {
    cp "$DB" "$PLACE/in/kept.db"
    sql "$DB" "$2"
    found "$1"
    cp "$PLACE/in/kept.db" "$DB"
    holds
}

# ---- an untouched one ----

init_hub
start_hub
SERVE_OPTIONS+=(--canary 1s)
join_and_start "$UNIT"
for i in 1 2 3 4 5; do
    node "$UNIT" report add --category ngap_lut --text "Nước lên $i" >/dev/null
done
holds 'each linked to the one before'
wait_until 20 'the district signs it' signed 5
there 0 0 || fail 'an alarm without a reason'
hub audit verify >"$PLACE/in/hub" || fail "the hub's own: $(cat "$PLACE/in/hub")"
pass "$(head -n 1 "$PLACE/in/said"); the district signs them"

# ---- what is done to it is found, without a line ----

stop_node "$UNIT"
LAST=$(entries)
tampered 'entry 2 (report.add by somebody, .*): is not as it was written' \
    "UPDATE command SET actor = 'somebody' WHERE number = 2"
tampered 'is not as it was written' "UPDATE command SET at_ms = at_ms - 1 WHERE number = 3"
tampered 'entries 2 to 3 are missing' 'DELETE FROM command WHERE number IN (2, 3)'
tampered "entries $LAST to $LAST are missing" "DELETE FROM command WHERE number = $LAST"
tampered 'is not as it was written' \
    'UPDATE command SET number = -1 WHERE number = 2;
     UPDATE command SET number = 2 WHERE number = 3;
     UPDATE command SET number = 3 WHERE number = -1'
tampered 'an entry without a number' \
    "INSERT INTO command (id, name, actor, at_ms, reply) VALUES (randomblob(16), 'report.erase', 'root', 1, x'')"
tampered 'it is another log now' 'UPDATE command SET number = NULL, link = NULL'
pass 'changed, taken out, cut off, put in another order, put in, unlinked: each is found'

# ---- all links written anew: only the district knows ----

# cleared: a person says that he knows; then it is signed as it is
cleared() {
    hub alarm clear "$(hub alarm list --json | jq '.[] | select(.code == 130) | .id')" >/dev/null
    wait_until 30 'it is signed as it is' there 0 0
    wait_until 30 'and holds' said
}
doubt() { hub alarm list --json | jq -r '.[] | select(.code == 130) | .text'; }

sql "$DB" "UPDATE command SET actor = 'nobody' WHERE number = 2;
           UPDATE command SET number = NULL, link = NULL"
start_node "$UNIT"
node "$UNIT" report add --category ngap_lut --text 'Nước xuống' >/dev/null # links all
wait_until 30 'both sides raise an alarm' there 1 1
found 'the district saw and signed'
sleep 3 # three canaries
there 1 1 || fail 'the alarms end though nobody has looked'
cleared
pass 'a chain written anew is told from the signed one at both ends, until somebody says that he knows'

# ---- set back: told once, and signed again when a person has cleared it ----

stop_node "$UNIT"
cp "$DB" "$PLACE/in/old.db"
start_node "$UNIT"
for i in 1 2 3; do
    node "$UNIT" report add --category ngap_lut --text "Nước đứng $i" >/dev/null
done
wait_until 30 'the district signs them' signed "$(entries)"
stop_node "$UNIT"
rm -f "$DB"-wal "$DB"-shm
cp "$PLACE/in/old.db" "$DB"
start_node "$UNIT"
wait_until 30 'both sides are told' there 1 1
doubt | grep -q 'and had .* when the district last saw it' || fail "$(doubt)"
cleared
pass 'one that was set back is told once, and goes on when somebody has cleared it'

# ---- another machine begins its own ----

stop_node "$UNIT"
mv "$PLACE/$UNIT" "$PLACE/old"
join_and_start "$UNIT"
node "$UNIT" report add --category ngap_lut --text 'Máy mới' >/dev/null
holds
wait_until 30 'the district signs it' signed 1
same 'alarms at the district' 0 "$(alarms hub)"
same 'alarms here' 0 "$(alarms node "$UNIT")"
pass 'a new machine begins its own, and nobody is alarmed'

# ---- the hub's own ----

stop_nodes
stop_hub
sql "$PLACE/hub/hub.db" "UPDATE command SET subject = 'x' WHERE number = 1"
refused hub audit verify
case $REASON in
*'not what was written'*) ;;
*) fail "the hub: $REASON" ;;
esac
pass "the hub's own is looked at in the same way"
