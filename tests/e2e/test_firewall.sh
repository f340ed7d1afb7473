#!/usr/bin/env bash
# The example rules for a hub's firewall: sound, taken twice without a word, with
# the ports of the service; in a network of their own they drop what they say,
# and nothing of anybody else's.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

RULES=$OPS_ROOT/ops/nftables/lienxa-hub.nft
WORLD=lienxa-fw-$$ HUB=lienxa-fwh-$$

port_of() { # NAME: as the service has it
    grep -ohE "$1=(tcp://)?[0-9.]+:[0-9]+" "$OPS_ROOT/ops/systemd/lienxa-hub.service" | sed 's/.*://'
}
for name in EXPRESS:express BULK:bulk ENROL:enrol WEB:pages; do
    same "port of $name" "define ${name#*:} = $(port_of "${name%:*}")" \
        "$(grep "^define ${name#*:} " "$RULES")"
done
pass 'the rules are about the ports of the service'

if ! command -v nft >/dev/null || ! ip netns add "$HUB" 2>/dev/null; then
    skip 'no firewall can be made here: root, nft and network namespaces are needed'
    exit 0
fi
at_end ip netns del "$HUB"
hub_net() { ip netns exec "$HUB" "$@"; }
if ! hub_net nft -c -f "$RULES" 2>"$PLACE/log/nft.log"; then
    if grep -qiE 'not supported|No such file' "$PLACE/log/nft.log"; then
        skip "this kernel cannot: $(head -n 1 "$PLACE/log/nft.log")"
        exit 0
    fi
    fail "nft: $(head -n 3 "$PLACE/log/nft.log")"
fi
hub_net nft -f "$RULES"
hub_net nft -f "$RULES"
same 'tables' 'table inet lienxa' "$(hub_net nft list tables)"
pass 'they are sound, and may be taken again'

# ---- two strangers and the hub's machine: 10.9.0.1; 10.9.0.2 and 10.9.0.3

ip netns add "$WORLD"
at_end ip netns del "$WORLD"
world() { ip netns exec "$WORLD" "$@"; }
ip link add "lxw$$" netns "$WORLD" type veth peer name "lxh$$" netns "$HUB"
world ip addr add 10.9.0.2/24 dev "lxw$$"
world ip addr add 10.9.0.3/24 dev "lxw$$"
world ip link set "lxw$$" up
hub_net ip addr add 10.9.0.1/24 dev "lxh$$"
hub_net ip link set "lxh$$" up
hub_net ip link set lo up
for port in 7101 9471; do
    start "$PLACE/log/listen.log" ip netns exec "$HUB" "$BIN/lienxa-mob" listen "0.0.0.0:$port"
done
knock() { world "$BIN/lienxa-mob" run silent "10.9.0.1:$1" --from "$2" --count "$3" --rate "$4" --seconds 1; }
knows() { world "$BIN/lienxa-mob" run silent 10.9.0.1:7101 --from 10.9.0.3 --count 1 --rate 1000 --seconds 1 | jq -e '.answered == 1' >/dev/null; }
wait_until 30 'the hub listens' knows

figures=$(knock 7101 10.9.0.2 200 400)
figure "200 connections of one address at once: $figures"
held=$(jq .answered <<<"$figures")
if [ "$held" -lt 10 ] || [ "$held" -gt 81 ]; then
    fail "$held connections of one address"
fi
knows || fail 'another address is held up as well'
pass 'an address has so many connections, another one is not held up'
same 'metrics from outside' 0 "$(knock 9471 10.9.0.2 1 100 | jq .answered)"
same 'metrics on the machine' 1 "$(hub_net "$BIN/lienxa-mob" run silent 127.0.0.1:9471 --count 1 --rate 100 --seconds 1 | jq .answered)"
pass 'figures are for the machine itself'
hub_net nft add element inet lienxa strangers4 '{ 10.9.0.3 }'
! knows || fail 'who is not wanted gets in'
hub_net nft add element inet lienxa communes4 '{ 10.9.0.2 }'
[ "$(knock 7101 10.9.0.2 300 600 | jq .answered)" -ge 290 ] || fail 'a commune is held up'
pass 'who is not wanted stays outside, communes are never held up'
figure "took $(seconds "$(elapsed_us)") s"
