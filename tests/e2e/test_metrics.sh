#!/usr/bin/env bash
# Metrics and health: on loopback only, off unless asked for; the names that
# ops/prometheus counts on; a canary that goes the whole way; no identity and no
# word of a report in any of it.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

UNIT=quang-tho
WEB=127.0.0.1:0
SECRET='Bến đò Thanh Tiên' SENDER='Phan Thị Mộng' PHONE=0905123987

# ---- where it may listen ----

rc=0
node none serve --web $WEB --metrics 0.0.0.0:9471 2>"$PLACE/in/why" || rc=$?
same 'exit for an address of a network' 2 $rc
grep -q 'an address of this machine itself' "$PLACE/in/why" || fail "$(cat "$PLACE/in/why")"
rc=0
node none serve --metrics 127.0.0.1:0 2>"$PLACE/in/why" || rc=$?
same 'exit without pages' 2 $rc
pass 'metrics are on loopback or nowhere'

# ---- the figures ----

metrics_of() { # LOG: its address
    sed -n 's/.*metrics.listening address=//p' "$PLACE/log/$1.log" | tail -n 1
}
ask() { # LOG PATH OPTION..
    local log=$1 path=$2
    shift 2
    curl -s -m 20 "$@" "http://$(metrics_of "$log")$path"
}
listens() { [ -n "$(metrics_of "$1")" ]; }
value() { # LOG 'name{labels}': its value
    ask "$1" /metrics | awk -v name="$2" '$1 == name { print $2; found = 1 } END { exit !found }'
}
at_least() { # LOG NAME NUMBER
    local got
    got=$(value "$1" "$2") && awk -v a="$got" -v b="$3" 'BEGIN { exit !(a >= b) }'
}
at_most() { # LOG NAME NUMBER
    local got
    got=$(value "$1" "$2") && awk -v a="$got" -v b="$3" 'BEGIN { exit !(a <= b) }'
}
healthy() { [ "$(ask "$1" /healthz -o /dev/null -w '%{http_code}')" = 200 ]; }

init_hub
SERVE_OPTIONS=(--metrics 127.0.0.1:0)
start_hub
join_node $UNIT
SERVE_OPTIONS+=(--canary 1s)
start_node $UNIT
wait_until 30 "the hub's figures" listens hub
wait_until 30 "the node's figures" listens $UNIT
wait_until 30 "$UNIT is online" units_online $UNIT
node $UNIT report add --category chay_no --urgent --text "$SECRET" \
    --name "$SENDER" --phone $PHONE >/dev/null
hub alert issue --event flood --headline "$SECRET" --text "$SECRET" --severity extreme >/dev/null
wait_until 30 'the report is counted' at_least hub \
    "lienxa_reports_received_total{unit=\"$UNIT\",category=\"chay_no\"}" 1
same 'urgent ones that wait' 1 "$(value hub "lienxa_reports_urgent_waiting{unit=\"$UNIT\"}")"
wait_until 30 'the alert is stored' at_least hub \
    'lienxa_alert_delivery_seconds_count{step="stored"}' 1
same 'those who have not acknowledged it' 10 "$(value hub lienxa_alert_unacked_nodes)"
wait_until 30 'the figure says so' at_least hub "lienxa_node_online{unit=\"$UNIT\"}" 1
same 'the core' 1 "$(value hub lienxa_core_up)"
same 'referrals that wait' 0 "$(value hub lienxa_referral_age_seconds_count)"
REPORT=$(node $UNIT report list --json | jq -r '.[0].id')
node $UNIT report move "$REPORT" phan_loai >/dev/null 2>&1
node $UNIT report refer "$REPORT" >/dev/null 2>&1
wait_until 30 'one waits' at_least hub lienxa_referral_age_seconds_count 1
same 'for less than a day' 1 "$(value hub 'lienxa_referral_age_seconds_bucket{le="86400"}')"
hub referral accept "$REPORT" >/dev/null 2>&1
wait_until 30 'it is answered' at_most hub lienxa_referral_age_seconds_count 0
wait_until 30 'the hub is well' healthy hub
wait_until 30 'the node is well' healthy $UNIT
same 'nobody has closed the last period' 0 "$(value hub lienxa_period_closed_ratio)"
echo 'mat khau rat dai' | node $UNIT user add Chi --role leader >/dev/null 2>&1
# The 15th of a month to the 14th of the next, by Vietnam's days, is called by
# the month in which it ends.
PERIOD=$(TZ=Asia/Ho_Chi_Minh date -d '-14 days' +%Y-%m)
node $UNIT close "$PERIOD" --leader Chi >/dev/null 2>&1 || fail "$PERIOD was not closed"
wait_until 30 'one of ten has closed it' at_least hub lienxa_period_closed_ratio 0.1
same 'that is a tenth' 0.1 "$(value hub lienxa_period_closed_ratio)"
pass 'figures of the hub and of a node'

# ---- the canary ----

TOTAL=$(hub stats --json | jq .total)
wait_until 30 'a canary comes' at_least hub \
    "lienxa_canary_last_timestamp_seconds{unit=\"$UNIT\"}" "$(date +%s)"
wait_until 30 'it knows its way back' at_least hub \
    "lienxa_canary_roundtrip_seconds{unit=\"$UNIT\"}" 0.001
figure "canary there: $(value hub "lienxa_canary_latency_seconds{unit=\"$UNIT\"}") s," \
    "and back: $(value hub "lienxa_canary_roundtrip_seconds{unit=\"$UNIT\"}") s"
same 'reports' "$TOTAL" "$(hub stats --json | jq .total)"
same 'reports in the list' 1 "$(hub report list --json | jq length)"
pass 'a canary arrives, comes back, and counts nowhere'

# ---- what it must not tell ----

for log in hub $UNIT; do
    ask "$log" /metrics >"$PLACE/in/$log.metrics"
    ! grep -aE "Thanh|Mộng|$PHONE|[0-9a-f]{8}-[0-9a-f]{4}-" "$PLACE/in/$log.metrics" ||
        fail "$log tells too much"
    same "$log of a page of another name" 403 \
        "$(ask "$log" /metrics -o /dev/null -w '%{http_code}' -H 'Host: evil.example')"
    same "$log of a page whose name begins like an address" 403 \
        "$(ask "$log" /metrics -o /dev/null -w '%{http_code}' -H 'Host: 127.evil.example')"
    same "$log elsewhere" 404 "$(ask "$log" /api/status -o /dev/null -w '%{http_code}')"
    same "$log written to" 405 "$(ask "$log" /metrics -o /dev/null -w '%{http_code}' -X DELETE)"
    if command -v promtool >/dev/null; then
        promtool check metrics <"$PLACE/in/$log.metrics" >"$PLACE/log/promtool" 2>&1 ||
            fail "promtool: $(cat "$PLACE/log/promtool")"
    else
        skip 'there is no promtool here'
    fi
done
# What the rules of ops/prometheus ask for is given by the programs.
grep -ohE 'lienxa_[a-z_]+' "$OPS_ROOT/ops/prometheus/"*rules.yml | sort -u |
    while read -r name; do
        grep -q "^${name}[{ ]" "$PLACE/in/hub.metrics" "$PLACE/in/$UNIT.metrics" ||
            fail "the rules ask for $name, which nobody gives"
    done
# .. and each rule is seen to be raised.
sed -n 's/^ *- alert: //p' "$OPS_ROOT"/ops/prometheus/*rules.yml |
    while read -r name; do
        grep -A1 "alertname: $name\$" "$OPS_ROOT"/ops/prometheus/*_test.yml |
            grep -q 'exp_alerts:$' || fail "no test raises $name"
    done
if command -v promtool >/dev/null; then
    promtool check rules --lint=all --lint-fatal "$OPS_ROOT"/ops/prometheus/*rules.yml \
        >"$PLACE/log/promtool" 2>&1 || fail "promtool: $(cat "$PLACE/log/promtool")"
    (cd "$OPS_ROOT/ops/prometheus" && promtool test rules ./*_test.yml) \
        >"$PLACE/log/promtool" 2>&1 || fail "promtool: $(cat "$PLACE/log/promtool")"
    pass 'promtool finds no fault with figures and rules'
fi
pass 'no identity, no words, no other page'

# ---- and when it is not well ----

kill -STOP "$HUB_PID"
wait_until 60 'the hub is called ill' bash -c \
    "[ \"\$(curl -s -m 20 http://$(metrics_of hub)/healthz)\" = 'the core does not answer' ]"
kill -CONT "$HUB_PID"
wait_until 60 'it is well again' healthy hub
pass 'a core that does not answer is told in words'
