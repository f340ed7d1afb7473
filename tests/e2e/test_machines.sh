#!/usr/bin/env bash
# Machines that are copied, replaced, found again, and given new keys, as the
# operator types it: nothing is lost, nothing counted twice, and the words say
# what to do.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

UNIT=quang-tho
GIVEN=0

# A folder of a machine is a "unit" for the functions of lib.sh: PLACE/FOLDER.
take() { # FOLDER SEED COUNT: so many reports, all accepted
    generate "$UNIT" "$2" "$3" --days 30 >"$PLACE/in/$1.$2.jsonl"
    node "$1" report import "$PLACE/in/$1.$2.jsonl" --json \
        >"$PLACE/in/$1.$2.answers"
    same "$1: accepted" "$3" "$(grep -c '"accepted"' "$PLACE/in/$1.$2.answers")"
    GIVEN=$((GIVEN + $3))
}
# The same with a sender's name and telephone and with words that nobody else
# has: they may not leave the machine in clear.
take_secret() { # FOLDER MARK COUNT
    local i hash
    for ((i = 1; i <= $3; i++)); do
        hash=$(sha256sum <<<"$2 $i $PLACE" | cut -c 1-24 | tr '0-9a-f' 'g-v')
        jq -nc --arg n "Trần Thị Q${hash:0:10}" --arg t "Lời kể ${hash:10:14}" \
            --arg p "09$(sha256sum <<<"$hash" | tr -dc 0-9 | cut -c 1-8)" \
            '{category: "cat_trai_phep", text: $t, name: $n, phone: $p}'
    done >"$PLACE/in/$2.jsonl"
    jq -r .text "$PLACE/in/$2.jsonl" | sort >"$PLACE/in/$2.texts"
    jq -r '.name, .phone, .text' "$PLACE/in/$2.jsonl" >>"$PLACE/in/secret"
    node "$1" report import "$PLACE/in/$2.jsonl" --json \
        >"$PLACE/in/$1.$2.answers"
    same "$1: accepted" "$3" "$(grep -c '"accepted"' "$PLACE/in/$1.$2.answers")"
    GIVEN=$((GIVEN + $3))
}
texts_of() { node "$1" report list --json | jq -r '.[].text // empty' | sort; }
has_texts() { [ -z "$(comm -23 "$PLACE/in/$2.texts" <(texts_of "$1"))" ]; }
# The sealed senders' names: which parts a machine holds whole, by their bytes.
names_of() { # FOLDER MARK
    jq -r .id "$PLACE"/in/*."$2.answers" | tr -d - | tr a-f A-F | sort |
        while read -r id; do
            sqlite3 "$PLACE/$1/node.db" "SELECT hex(r.uid), hex(c.vault_salt),
                hex(c.vault) FROM change c JOIN record r ON r.id = c.record
                WHERE hex(r.uid) = '$id' AND length(c.vault_salt) = 16"
        done
}
hub_knows_nothing() {
    same 'planted names and words in clear at the hub' '' \
        "$(grep -rahoF -f "$PLACE/in/secret" -- "$PLACE/hub" \
            "$PLACE/log/hub.log" | head -n 3)"
}
hub_alarm_like() { hub alarm list --json | jq -r '.[].text' | grep -q -- "$1"; }
node_alarm_like() { node "$1" status --json | jq -r '.alarms[]' | grep -q -- "$2"; }
is_retired() { [ "$(node_status "$1" retired)" = true ]; }
is_drained() { [ "$(node_status "$1" drained)" != null ]; }
total_is() { [ "$(hub stats --json | jq .total)" = "$1" ]; }
machine() { # CERTIFICATE FIELD
    hub_node "$UNIT" "machines[] | select(.certificate == $1) | .$2"
}
machine_like() { machine "$1" words | grep -q -- "$2"; }
join_again() { # FOLDER: with a new token of the unit
    local token
    token=$(hub node invite "$UNIT" --advertise 127.0.0.1 2>>"$PLACE/log/invite" |
        tail -n 1)
    node "$1" join "$token" >>"$PLACE/log/$1.join" 2>&1 ||
        fail "$1 could not join: $(tail -n 2 "$PLACE/log/$1.join")"
}
# All that was ever accepted is at the hub, once, and the hub's count is right.
exact() { # WHEN FOLDER..: the folders whose answers count
    local when=$1
    shift
    same "$when: total" "$GIVEN" "$(hub stats --json | jq .total)"
    jq -r .id "$PLACE"/in/*.answers | sort >"$PLACE/in/given.ids"
    hub_ids >"$PLACE/in/hub.ids"
    same "$when: lost" '' "$(comm -23 "$PLACE/in/given.ids" "$PLACE/in/hub.ids" | head -n 3)"
    same "$when: from nowhere" '' "$(comm -13 "$PLACE/in/given.ids" "$PLACE/in/hub.ids" | head -n 3)"
    same "$when: twice" '' "$(uniq -d "$PLACE/in/hub.ids" | head -n 3)"
}
holds_all() { [ "$(node_ids "$1" | wc -l)" = "$GIVEN" ]; }

# ---- (a) two clones ----

init_hub
start_hub
join_and_start "$UNIT"
take "$UNIT" 1 30
wait_until 30 delivered "$UNIT"
stop_node "$UNIT"
cp -a "$PLACE/$UNIT" "$PLACE/copy"
take "$UNIT" 2 20
take copy 3 15
take_secret copy copied 15
start_node "$UNIT"
wait_until 30 delivered "$UNIT"
start_node copy
wait_until 90 'the alarm names two machines' hub_alarm_like 'two machines speak as'
hub_alarm_like '127.0.0.1 and 127.0.0.1' || fail 'the alarm names no addresses'
pass '(a) two machines with one identity: alarm with both addresses'

stop_node "$UNIT"
join_again "$UNIT"
start_node "$UNIT"
wait_until 60 'the survivor works with certificate 2' machine_like 2 'at work'
wait_until 60 'the copy is told' is_retired copy
refused node copy report add --category cat_trai_phep --text 'Ghe hút cát'
grep -q 'replaced by another one' <<<"$REASON" || fail "not the words: $REASON"
wait_until 120 'the copy is drained' is_drained copy
node copy status | grep -q 'can be switched off' || fail 'status does not say it'
wait_until 30 'the operator is told' hub_alarm_like 'is drained'
machine_like 1 'may be switched off' || fail "node list: $(machine 1 words)"
stop_node copy
# it may be about to take back what the copy had said first
wait_until 60 'the survivor holds every report' holds_all "$UNIT"
wait_until 30 delivered "$UNIT"
exact '(a)'
wait_until 60 'the words taken on the copy open by themselves' \
    has_texts "$UNIT" copied
same 'nothing waits for lines' 0 "$(node_status "$UNIT" vault_locked)"
hub_knows_nothing
verify_all "$UNIT" copy
pass '(a) the survivor has a new key, the copy is drained, figures are exact'

# ---- (b) a machine is replaced while it is alive ----

take "$UNIT" 4 10
wait_until 30 delivered "$UNIT"
hub node retire "$UNIT" >"$PLACE/log/retire"
grep -q 'has no machine at work now' "$PLACE/log/retire" ||
    fail "retire says: $(cat "$PLACE/log/retire")"
wait_until 60 'the old machine is told' is_retired "$UNIT"
refused node "$UNIT" report import "$PLACE/in/$UNIT.4.jsonl"
refused hub node rotate "$UNIT"
wait_until 30 'it has nothing more' is_drained "$UNIT"
join_again next
start_node next
wait_until 60 'the next machine works with certificate 3' machine_like 3 'at work'
take next 5 10
wait_until 60 delivered next
wait_until 60 'it has taken everything back' holds_all next
refused hub node retire "$UNIT" --certificate 9
exact '(b)'
stop_node "$UNIT"
verify_all "$UNIT" next
pass '(b) a machine is retired, the next one works, figures are exact'

# ---- (c) a machine that was thought burnt is found again ----

stop_node next
grep '^share ' "$PLACE/log/next.join" >"$PLACE/in/shares.burnt"
same 'lines of the burnt machine' 2 "$(wc -l <"$PLACE/in/shares.burnt")"
mv "$PLACE/next" "$PLACE/burnt"
take_secret burnt burnt 20 # nobody heard of these
join_again next
start_node next
wait_until 60 'the replacement works with certificate 4' machine_like 4 'at work'
take next 7 20
machine_like 3 'not heard of since' || fail "node list: $(machine 3 words)"
start_node burnt
wait_until 90 'it hands over its 20 reports' is_drained burnt
wait_until 30 'the operator is told' machine_like 3 'may be switched off'
wait_until 60 delivered next
wait_until 60 'the replacement holds them as well' holds_all next
exact '(c)'
hub_alarm_like 'names and words it handed over' || fail 'the alarm keeps silent'
if has_texts next burnt; then fail 'words came in clear'; fi
recovered() { # once all of them have come
    node next recover <"$PLACE/in/shares.burnt" >"$PLACE/log/recover" 2>&1
    has_texts next burnt
}
wait_until 120 'the lines of the burnt machine open all 20' recovered
stop_node burnt
if command -v sqlite3 >/dev/null; then
    names_of burnt burnt >"$PLACE/in/names.there"
    names_of next burnt >"$PLACE/in/names.here"
    same 'sealed names' 20 "$(wc -l <"$PLACE/in/names.there")"
    cmp "$PLACE/in/names.there" "$PLACE/in/names.here" || fail 'names differ'
else
    skip 'no sqlite3: sealed names are not compared byte for byte'
fi
hub_knows_nothing
verify_all burnt next
start_node burnt
sleep 2
stop_node burnt
exact '(c) called again'
pass '(c) a machine that was found again hands over 20 reports, each once, with words and names'

# ---- (d) new keys under load ----

number() { hub_node "$UNIT" 'machines[0].certificate'; }
number_beyond() { [ "$(number)" -gt "$1" ]; }
key_of() { cksum <"$PLACE/next/keys/curve.key"; }
EACH=${LIENXA_REPORTS:-1500}
OLD_KEY=$(key_of)
import_load() { # ROUND; again after a kill: what was taken is known
    until node next report import "$PLACE/in/load.$1.jsonl" --json \
        >"$PLACE/in/load.$1.out" 2>>"$PLACE/log/load.import"; do
        sleep 0.2
    done
    touch "$PLACE/in/loaded.$1"
}
for round in 1 2 3 4 5; do
    generate "$UNIT" "8$round" "$EACH" --days 30 >"$PLACE/in/load.$round.jsonl"
    wait_until 60 'the machine is online' units_online "$UNIT"
    was=$(number)
    import_load "$round" &
    IMPORT=$!
    at_end "kill $IMPORT 2>/dev/null"
    hub node rotate "$UNIT" >"$PLACE/log/rotate" 2>&1 &
    ROTATE=$!
    if [ "$round" = 2 ]; then
        kill_node next
        start_node next
    elif [ "$round" = 4 ]; then
        kill_hub
        start_hub
    fi
    { wait "$ROTATE" || true; } 2>/dev/null
    # an order that the kill cut off is given again
    for _ in 1 2 3 4 5 6; do
        number_beyond "$was" && break
        hub node rotate "$UNIT" >"$PLACE/log/rotate" 2>&1 || true
    done
    wait_until 60 "new keys, round $round" number_beyond "$was"
    { wait "$IMPORT" || true; } 2>/dev/null
    [ -e "$PLACE/in/loaded.$round" ] ||
        fail "import: $(tail -n 2 "$PLACE/log/load.import")"
    jq -c 'select(.id != null)' "$PLACE/in/load.$round.out" \
        >"$PLACE/in/next.8$round.answers"
    same "round $round: lines with an id" "$EACH" \
        "$(wc -l <"$PLACE/in/next.8$round.answers")"
    GIVEN=$((GIVEN + EACH))
done
wait_until 120 'all is delivered' delivered next
[ "$(key_of)" != "$OLD_KEY" ] || fail 'the keys on disk are the old ones'
[ ! -e "$PLACE/next/rotating" ] || fail 'a change of keys is half done'
exact '(d)'
holds_all next || fail 'the machine lost reports'
verify_all next
machine_like 5 'its keys were changed' || fail "node list: $(machine 5 words)"
same 'quarantine' '[]' "$(hub quarantine list --json)"
pass "(d) five changes of keys under load, node and hub killed once: $((5 * EACH)) reports, 0 lost, 0 doubled"

hub node revoke "$UNIT" >/dev/null
generate "$UNIT" 9 3 --days 30 >"$PLACE/in/late.jsonl"
node next report import "$PLACE/in/late.jsonl" >/dev/null
start_node burnt
sleep 5
same 'what revoked machines take stays with them' "$GIVEN" \
    "$(hub stats --json | jq .total)"
pass '(d) revoked machines, old and new, get nothing in'

stop_nodes
stop_hub
figure "$GIVEN reports given; took $(seconds "$(elapsed_us)") s"
