#!/usr/bin/env bash
# A hub and two communes: reports taken offline arrive, figures are equal, a
# warning goes out, is acknowledged by name and taken back.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

report() { # UNIT CATEGORY OPTION..
    local unit=$1 category=$2
    shift 2
    node "$unit" report add --category "$category" --json "$@" | jq -r .id
}

receipts() { # UNIT FIELD
    hub alert receipts "$ALERT" --json | jq -r --arg u "$1" "$(jq_slug)"'
        .[] | select((.unit | slug) == $u) | '".$2"
}
stored_at() { [ "$(receipts "$1" stored)" != null ]; }
acknowledged_by() { [ "$(receipts "$1" by)" = "$2" ]; }

node_alert() { # UNIT FIELD
    node "$1" alert list --json | jq -r --arg id "$ALERT" \
        '.[] | select(.id == $id) | '".$2"
}
node_alert_is() { [ "$(node_alert "$1" state)" = "$2" ]; }

init_hub
start_hub
join_node quang-tho
join_node quang-phu
pass 'a hub is made and two communes join it'

stop_hub
report quang-tho cat_trai_phep --urgent --village 'Phước Yên' \
    --text 'Ghe hút cát ban đêm' >"$PLACE/in/ids"
report quang-tho cho_tha_rong --text 'Chó thả rông ở chợ' >>"$PLACE/in/ids"
start_node quang-phu
report quang-phu trom_cap --text 'Mất xe đạp' --name 'Lê Thị Thử' \
    --phone 0900000001 >>"$PLACE/in/ids"
same 'reports at the hub' 0 "$(hub stats --json | jq .total)"
same 'reports of quang-tho' 2 "$(node quang-tho report list --json | jq length)"
refused node quang-phu report add --category trom_trang --text x --json
pass 'reports are taken while the hub is down, in process and by a serving node; an unknown category is refused'

start_hub
start_node quang-tho
wait_until 30 'three reports are at the hub' hub_total_is 3
wait_until 30 delivered quang-tho quang-phu
same 'ids at the hub' "$(sort "$PLACE/in/ids")" "$(hub_ids)"
pass 'the hub comes up and holds the three reports, by their ids'

same 'figures' 'quang-phu trom_cap 1
quang-tho cat_trai_phep 1
quang-tho cho_tha_rong 1' "$(hub stats --json --by unit,category |
    jq -r "$(jq_slug)"'.rows[] | "\(.unit | slug) \(.category) \(.count)"' | sort)"
same 'urgent at the hub' 1 \
    "$(hub report list --json | jq '[.[] | select(.urgent)] | length')"
same 'states at the hub' moi \
    "$(hub report list --json | jq -r '[.[].state] | unique | join(" ")')"
pass 'figures by commune and category are equal'

ALERT=$(hub alert issue --event 'Lũ khẩn cấp' --severity extreme --expires 6h \
    --headline 'Lũ trên sông Bồ' --text 'Đưa người già lên nơi cao.' --json |
    jq -r .id)
wait_until 10 stored_at quang-tho
wait_until 10 stored_at quang-phu
same 'alert at the commune' 'active extreme' \
    "$(node_alert quang-tho state) $(node_alert quang-tho severity)"
same 'who acknowledged, before' null "$(receipts quang-tho by)"
node quang-tho alert ack "$ALERT" --by 'Trực ban Quảng Thọ' >/dev/null
wait_until 10 acknowledged_by quang-tho 'Trực ban Quảng Thọ'
same 'who acknowledged at the other' null "$(receipts quang-phu by)"
refused node quang-tho alert ack 0190f5f0-0000-7000-8000-000000000000 --by X
pass 'an alert is stored at both, and the hub sees who acknowledged it at one'

hub alert cancel "$ALERT" --reason 'Nước đã rút' >/dev/null
wait_until 10 node_alert_is quang-tho cancelled
wait_until 10 node_alert_is quang-phu cancelled
same 'alert at the hub' cancelled \
    "$(hub alert list --json | jq -r --arg id "$ALERT" '.[] | select(.id == $id) | .state')"
pass 'the alert is cancelled at both communes'

wait_until 30 delivered quang-tho quang-phu
for unit in quang-tho quang-phu; do
    same "$unit online" true "$(node_status "$unit" online)"
    same "$unit alarms" 0 "$(node_status "$unit" 'alarms | length')"
    same "hub alarms of $unit" 0 "$(hub_node "$unit" 'alarms | length')"
    same "hub backlog of $unit" 0 "$(hub_node "$unit" backlog)"
    same "state of $unit" enrolled "$(hub_node "$unit" state)"
done
verify_all quang-tho quang-phu
pass 'status and node list agree, no alarms; both sides verify while serving'

stop_nodes
stop_hub
verify_all quang-tho quang-phu
pass 'all end by themselves and verify when nothing serves'
figure "took $(seconds "$(elapsed_us)") s"
