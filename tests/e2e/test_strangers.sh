#!/usr/bin/env bash
# A stranger gets nothing: no certificate, no answer, no memory, no disk, no
# hint. A machine with a valid key speaks for itself only, and one that was
# revoked says no more while the others do not notice.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

TIMES=20      # of each refusal: the fastest has waited for nobody else
ATTEMPTS=2000 # handshakes with random keys
TIMES_SOURCE=1

stranger() { timeout 120 "$BIN/lienxa-stranger" "$@"; }
invite() { # UNIT OPTION..
    hub node invite "$@" --advertise 127.0.0.1 2>/dev/null | tail -n 1
}
key_of() { # SLUG: code@day
    awk -F, -v s="$1" '$3 == s {gsub("-", "", $2); print $1 "@" $2}' "$ROSTER"
}
grew_less_than() { # KIB BEFORE AFTER
    [ $(($3 - $2)) -lt "$1" ] || watched
}
hub_memory_kb() { awk '/^VmRSS/ {print $2}' "/proc/$HUB_PID/status"; }
hub_disk_kb() { du -kc --apparent-size "$PLACE"/hub/hub.db* | tail -n 1 | cut -f1; }
fastest() { sort -n | head -n 1; }

# Every try from an address of its own kind, so that the rate bounds none.
tries() { # NAME COUNT ARGUMENT..
    local name=$1 count=$2
    shift 2
    TIMES_SOURCE=$((TIMES_SOURCE + 1))
    stranger enrol "$@" --source "127.0.0.$TIMES_SOURCE" --repeat "$count" \
        >"$PLACE/in/refused.$name"
}

init_hub
start_hub
USED=$(invite quang-tho)
UNUSED=$(invite quang-phu)
EXPIRED=$(invite quang-loi --expires 1s)
node quang-tho join "$USED" >"$PLACE/log/quang-tho.join" 2>&1
start_node quang-tho
join_and_start quang-phu quang-an
node quang-tho report add --category trom_cap --text 'Mất xe' --json >/dev/null
wait_until 20 delivered quang-tho quang-phu quang-an

# ---- enrolment ----

mkdir "$PLACE/machine"
stranger keys "$PLACE/machine"
AGAIN=$(invite quang-vinh)
for i in 1 2 3; do
    stranger enrol "$AGAIN" --key-from "$PLACE/machine" >"$PLACE/in/again.$i"
    cut -d' ' -f2 "$PLACE/in/again.$i" >"$PLACE/in/reply.$i"
done
[ "$(stat -c %s "$PLACE/in/reply.1")" -gt 200 ] || fail 'no certificate came'
cmp "$PLACE/in/reply.1" "$PLACE/in/reply.2" || fail 'another certificate'
cmp "$PLACE/in/reply.1" "$PLACE/in/reply.3" || fail 'another certificate'
stranger enrol "$USED" --key-from "$PLACE/quang-tho" | cut -d' ' -f2 \
    >"$PLACE/in/reply.tho"
grep -q "$(od -An -v -tx1 "$PLACE/quang-tho/keys/certificate" | tr -d ' \n')" \
    "$PLACE/in/reply.tho" || fail 'the joined node is given another certificate'
pass 'the same token with the same key is answered with the same certificate'

sleep 1.1 # of the token that is good for a second
tries used "$TIMES" "$USED"
tries expired "$TIMES" "$EXPIRED"
tries secret "$TIMES" "$UNUSED" --secret random
tries unit "$TIMES" "$UNUSED" --unit "$(key_of quang-tho)"
tries curve "$TIMES" "$UNUSED" --claim-curve other
same 'replies to every kind of refusal' 1 \
    "$(cut -d' ' -f1,2 "$PLACE"/in/refused.* | sort -u | wc -l)"
same 'refusals' $((5 * TIMES)) "$(grep -c '^in [0-9a-f]\{2,16\} ' \
    <(cat "$PLACE"/in/refused.*))"
least=1000000 most=0
for kind in used expired secret unit curve; do
    us=$(cut -d' ' -f3 "$PLACE/in/refused.$kind" | fastest)
    figure "refused ($kind): fastest of $TIMES $us us"
    [ "$us" -ge "$least" ] || least=$us
    [ "$us" -le "$most" ] || most=$us
done
[ "$most" -le $((3 * least + 1000)) ] ||
    fail "the time tells what was wrong: $least to $most us"
pass 'a used, expired or guessed token, another unit and another key are refused, and nothing tells them apart'

for _ in 1 2; do # a minute may end in the middle of the first
    tries burst 61 "$UNUSED" --secret random
    ! grep -q nothing "$PLACE/in/refused.burst" || break
done
grep -q nothing "$PLACE/in/refused.burst" || fail 'one address may ask for ever'
same 'another address meanwhile' in \
    "$(stranger enrol "$UNUSED" --secret random --source 127.0.0.99 |
        cut -d' ' -f1)"
pass 'an address that asks too often is not answered, others are'

# ---- express and bulk ----

for lane in express bulk; do
    for key in random none wrong-server; do
        got=$(stranger hello "$UNUSED" --key "$key" --lane "$lane")
        case $got in
        in* | *' '[0-9a-f][0-9a-f]*) fail "$key key on $lane: $got" ;;
        *' nothing '*) ;;
        *) fail "$key key on $lane: $got" ;;
        esac
    done
done
pass 'a random key, no key and a wrong server key hear nothing on express and bulk'

# libzmq's own room, taken once: as many are there at a time as below
stranger flood "$UNUSED" "$ATTEMPTS" >/dev/null
before_kb=$(hub_memory_kb)
before_disk=$(hub_disk_kb)
stranger flood "$UNUSED" "$ATTEMPTS" >"$PLACE/in/flood"
after_kb=$(hub_memory_kb)
same 'who got through the enrolment door only' true \
    "$(awk -v n="$ATTEMPTS" '{print ($2 <= n / 3 + 1 ? "true" : $0)}' \
        "$PLACE/in/flood")"
figure "hub memory: $before_kb KiB before, $after_kb KiB after $ATTEMPTS handshakes with random keys"
grew_less_than 2048 "$before_kb" "$after_kb" || fail 'strangers take memory'
after_disk=$(hub_disk_kb) # the nodes' signs of life are a page each
figure "hub disk: $before_disk KiB before, $after_disk KiB after"
[ $((after_disk - before_disk)) -lt 64 ] || fail 'strangers take disk'
wait_until 10 units_online quang-tho quang-phu quang-an
pass 'two thousand strangers cost the hub no memory and no disk'

# ---- a valid key in bad hands ----

all_of() { # SLUG: what the hub holds of it
    hub report list --unit "$1" --json | jq -cS 'sort_by(.id)'
}

node quang-phu report add --category trom_cap --text 'Mất gà' --json >/dev/null
wait_until 20 delivered quang-tho quang-phu
tho=$(all_of quang-tho)
alerts=$(hub alert list --json)
stop_node quang-phu
stranger impersonate --data "$PLACE/quang-phu" \
    --unit "$(key_of quang-tho)" >"$PLACE/in/impersonated"
same 'what an impersonator gets' "hello as another: nak 6
batch before any hello: nothing
own hello: welcome
early copy of another's: refused 6
early copy in the hub's name: refused 7
early copy with a stray signature: refused 7
early copy without a signature: refused 7
batch of another's stream: nak 6
batch of the hub's stream: nak 6
batch with a stray signature: nak 7" "$(cat "$PLACE/in/impersonated")"
same "what the hub holds of quang-tho" "$tho" "$(all_of quang-tho)"
same 'alerts' "$alerts" "$(hub alert list --json)"
hub_node quang-phu 'alarms[]' | grep -q "quang-phu breaks the rules" ||
    fail 'no alarm about the machine that plays another'
units_online quang-tho || fail 'quang-tho was pushed off the line'
pass 'a valid key speaks for its own commune and streams only, with an alarm'

before_kb=$(hub_memory_kb)
stranger nonsense --data "$PLACE/quang-phu" --frames 3000 >"$PLACE/in/nonsense"
after_kb=$(hub_memory_kb)
figure "nonsense: $(cat "$PLACE/in/nonsense"); hub memory $before_kb to $after_kb KiB"
grew_less_than 8192 "$before_kb" "$after_kb" || fail 'nonsense takes memory'
start_node quang-phu
node quang-phu report add --category trom_cap --text 'Mất vịt' --json >/dev/null
node quang-tho report add --category trom_cap --text 'Mất bò' --json >/dev/null
hub_node quang-phu 'alarms[]' | grep -q 'not heard for 30 s' ||
    fail 'no alarm about the machine that sends nonsense'
wait_until 150 delivered quang-tho quang-phu
verify_hub
pass 'frames that make no sense harm nobody; the true machine goes on'

# ---- revoked ----

chatter() { # UNIT FILE: a report every 50 ms until it is ended
    while :; do
        node "$1" report add --category trom_cap --text 'Tin' --json |
            jq -r .id >>"$2"
        sleep 0.05
    done
}

has_traffic() { [ "$(hub report list --unit quang-tho --json | jq length)" -gt 10 ]; }

CHATTER=()
for unit in quang-tho quang-phu quang-an; do
    start "$PLACE/log/chatter.log" chatter "$unit" "$PLACE/in/$unit.said"
    CHATTER+=("$STARTED")
done
wait_until 20 'traffic at the hub' has_traffic
hub node revoke quang-tho >/dev/null
for unit in quang-phu quang-an; do # their very next ones
    node "$unit" report add --category trom_cap --text 'Ngay sau đó' --json |
        jq -r .id >>"$PLACE/in/next"
done
sleep 1
held=$(all_of quang-tho)
for _ in 1 2 3 4 5; do
    node quang-tho report add --category trom_cap --urgent --text 'Muộn' \
        --json | jq -r .id >>"$PLACE/in/late"
done
sleep 1
for pid in "${CHATTER[@]}"; do
    kill -TERM "$pid"
    { wait "$pid" || true; } 2>/dev/null
    forget "$pid"
done
wait_until 30 delivered quang-phu quang-an
same 'what came from the revoked machine later' "$held" "$(all_of quang-tho)"
hub_ids >"$PLACE/in/ids"
! grep -Fxq -f "$PLACE/in/late" "$PLACE/in/ids" ||
    fail 'a report of a revoked machine was taken'
sort -u "$PLACE/in/next" "$PLACE/in/quang-phu.said" "$PLACE/in/quang-an.said" \
    >"$PLACE/in/others"
same "others' reports that did not arrive" '' \
    "$(comm -23 "$PLACE/in/others" "$PLACE/in/ids")"
figure "revoked among traffic: $(wc -l <"$PLACE/in/others") reports of the others, all there"
same 'state' revoked "$(hub_node quang-tho state)"
same 'online' false "$(hub_node quang-tho online)"
pass 'a revoked machine is not heard after one second, the others are, to the last report'

stop_node quang-tho
got=$(stranger hello "$UNUSED" --key-from "$PLACE/quang-tho")
same 'a revoked key at the door' '400 nothing 0' "$got"
start_node quang-tho
node quang-tho report add --category trom_cap --text 'Vẫn nhận' --json >/dev/null
sleep 2
same 'after its restart' "$held" "$(all_of quang-tho)"
same 'the node says so' false "$(node_status quang-tho online)"
refused node quang-vinh join "$USED"
stop_nodes
stop_hub
verify_hub
pass 'neither does it get in again; it keeps taking reports'
figure "took $(seconds "$(elapsed_us)") s"
