# shellcheck shell=bash
# ops/demo_year.sh - the district that `ops/demo` leaves standing: a year in all
# ten communes, in three parts. In the middle lies the flood: seven communes are
# cut off while it rises, and everything they wrote down arrives afterwards, the
# warning before it. Sourced by ops/demo, after ops/lib.sh.

YEAR_SEED=20251127
YEAR_OFF=quang-an # not reached at the end

# Only ever in this demo: whoever reads this file knows them.
DEMO_NODE_USERS='can-bo:officer lanh-dao:leader giu-khoa:custodian kiem-tra:auditor'
DEMO_HUB_USERS='van-hanh:operator truc-ban:duty phan-tich:analyst kiem-toan:auditor'
demo_password() { echo "demo-lienxa-$1"; } # ROLE

# ---- the reports ----

write_year() { # UNIT: its lines, in three parts
    local unit=$1 all=$PLACE/in/$1.jsonl from to
    "$BIN/lienxa-year" --seed "$YEAR_SEED" --unit "$unit" --until "$UNTIL" \
        >"$all"
    from=${FLOOD_FROM}T18:00:00+07:00
    to=$(date -d "$FLOOD_FROM 2 days" +%F)T18:00:00+07:00
    jq -c --arg t "$from" 'select(.received < $t)' "$all" >"$PLACE/in/$unit.1"
    jq -c --arg f "$from" --arg t "$to" \
        'select(.received >= $f and .received < $t)' "$all" \
        >"$PLACE/in/$unit.2"
    jq -c --arg t "$to" 'select(.received >= $t)' "$all" >"$PLACE/in/$unit.3"
}

import_part() { # UNIT, of the part $PART
    node "$1" report import "$PLACE/in/$1.$PART" \
        >"$PLACE/log/$1.import.$PART" 2>&1 || {
        warn "$1 did not take all its lines: $(tail -n 1 "$PLACE/log/$1.import.$PART")"
        return 1
    }
}

# shellcheck disable=SC2046 # slugs are words
take_part() { # PART
    PART=$1
    each import_part $(units) || die 'a commune did not take its reports'
    TAKEN=$((${TAKEN-0} + $(cat "$PLACE"/in/*."$PART" | wc -l)))
}

arrived() { # everything that was taken
    wait_until "$DEADLINE" "the hub's total is $TAKEN" hub_total_is "$TAKEN" ||
        die "the hub's total is $(hub stats --json | jq .total)"
}

# shellcheck disable=SC2046 # slugs are words
live_through_the_year() {
    UNTIL=$(TZ=UTC-7 date '+%FT%H:%M:%S+07:00')
    "$BIN/lienxa-year" --seed "$YEAR_SEED" --unit quang-tho --until "$UNTIL" \
        --windows >"$PLACE/in/windows"
    FLOOD_FROM=$(jq -r '.flood[0]' "$PLACE/in/windows")
    each write_year $(units) || die 'the reports could not be made'
    say "communes: a year of reports up to the flood of $FLOOD_FROM, offline"
    take_part 1
    start_hub
    start_nodes
    arrived
    say "hub: holds all $TAKEN of them"
    live_through_the_flood
    say 'communes: the weeks since'
    take_part 3
    arrived
    compare_year
}

# ---- the flood ----

cut_off() { # those that were, one a line
    local unit
    for unit in $(units); do
        if "$BIN/lienxa-year" --unit "$unit" --until "$UNTIL" --windows |
            jq -e .cut_off >/dev/null; then
            echo "$unit"
        fi
    done
}

stored_by() { # ALERT COUNT
    hub alert receipts "$1" --json | jq -e --argjson n "$2" \
        '[.[] | select(.stored)] | length >= $n' >/dev/null
}

acknowledge() { # ALERT UNIT..
    local alert=$1 unit
    shift
    for unit in "$@"; do
        node "$unit" alert list --json >/dev/null # it was shown
        node "$unit" alert ack "$alert" --by can-bo >/dev/null
    done
}

live_through_the_flood() {
    local away unit waiting
    away=$(cut_off)
    say "flood: $(wc -w <<<"$away") communes lose the line for 48 hours and go on writing down"
    for unit in $away; do
        stop_node "$unit"
    done
    take_part 2
    waiting=$(for unit in $away; do cat "$PLACE/in/$unit.2"; done | wc -l)
    FLOOD_ALERT=$(hub alert issue --event 'Lũ khẩn cấp' --severity extreme \
        --headline 'Lũ trên sông Bồ lên nhanh' --expires 6h --json \
        --text 'Nước sông Bồ vượt báo động 3. Đưa người già và trẻ em lên nơi cao, không đi qua tràn.' |
        jq -r .id)
    wait_until "$DEADLINE" 'the warning is stored where the line is up' \
        stored_by "$FLOOD_ALERT" 3 || die 'the warning did not arrive'
    acknowledge "$FLOOD_ALERT" quang-vinh quang-ngan quang-cong
    for unit in $away; do
        start_node "$unit"
    done
    wait_until "$DEADLINE" 'the warning is stored at all ten' \
        stored_by "$FLOOD_ALERT" 10 || die 'the warning did not arrive'
    arrived
    say "flood: the line is back; the warning and the $waiting reports that waited are where they belong"
    # shellcheck disable=SC2086 # slugs are words
    acknowledge "$FLOOD_ALERT" quang-tho quang-phu quang-thanh quang-phuoc quang-loi
    hub alert cancel "$FLOOD_ALERT" --reason 'Nước đã rút dưới báo động 1' \
        >"$PLACE/log/cancel"
}

# Counts by commune and category, from both sides.
compare_year() {
    local unit
    for unit in $(units); do
        jq -r --arg u "$unit" '"\($u) \(.category)"' "$PLACE/in/$unit.jsonl"
    done | sort | uniq -c | awk '{ print $2, $3, $1 }' | sort \
        >"$PLACE/in/figures.communes"
    hub stats --json --by unit,category | jq -r "$(jq_slug)"'
        .rows[] | "\(.unit | slug) \(.category) \(.count)"' | sort \
        >"$PLACE/in/figures.district"
    diff "$PLACE/in/figures.communes" "$PLACE/in/figures.district" \
        >"$PLACE/in/figures.diff" ||
        die "figures differ (< commune, > district): $(head -n 5 "$PLACE/in/figures.diff")"
    say "figures: $TAKEN reports, $(wc -l <"$PLACE/in/figures.district") counts by commune and category are equal on both sides"
}

# ---- people ----

add_node_users() { # UNIT
    local unit=$1 pair role
    for pair in $DEMO_NODE_USERS; do
        role=${pair#*:}
        {
            demo_password "$role"
            # an auditor opens no names
            [ "$role" = auditor ] || grep '^share ' "$PLACE/log/$unit.join"
        } | node "$unit" user add "${pair%:*}" --role "$role" \
            >>"$PLACE/log/$unit.users" 2>&1 || {
            warn "$unit: $(tail -n 1 "$PLACE/log/$unit.users")"
            return 1
        }
    done
}

# shellcheck disable=SC2046 # slugs are words
add_people() {
    local pair
    say 'people: one of each role in every commune and at the district'
    for pair in $DEMO_HUB_USERS; do
        demo_password "${pair#*:}" |
            hub user add "${pair%:*}" --role "${pair#*:}" \
                >>"$PLACE/log/hub.users" 2>&1 ||
            die "hub user: $(tail -n 1 "$PLACE/log/hub.users")"
        hub user totp "${pair%:*}" --json >"$PLACE/in/totp.${pair%:*}" ||
            die "${pair%:*} has no second factor"
    done
    each add_node_users $(units) || die 'a user could not be added'
}

# ---- what residents read ----

# shellcheck disable=SC2046 # slugs are words
tell_residents() {
    say 'notices, and the catalogue of procedures'
    hub procedure import "$OPS_ROOT/ops/config/procedures.csv" \
        >"$PLACE/log/procedures" 2>&1 ||
        die "procedures: $(tail -n 1 "$PLACE/log/procedures")"
    hub notice publish --kind thien_tai --title 'Đề phòng mưa lũ' --json \
        --text 'Chằng chống nhà cửa, kê cao đồ đạc, không đi qua tràn khi nước chảy xiết.' \
        --speaker 'Bà con chú ý: mưa lũ, không đi qua tràn.' --expires 30d \
        >"$PLACE/log/notice" 2>&1 || die "notice: $(tail -n 1 "$PLACE/log/notice")"
    node quang-tho notice publish --kind canh_bao_thu_doan --shared \
        --title 'Giả danh công an yêu cầu cài ứng dụng' --leader lanh-dao \
        --text 'Công an xã không gọi điện yêu cầu cập nhật VNeID. Không cài ứng dụng lạ, không đọc mã OTP.' \
        --json >>"$PLACE/log/notice" 2>&1 || die 'no notice in quang-tho'
    node quang-phu notice publish --kind lich_lam_viec --leader lanh-dao \
        --title 'Tiếp công dân sáng thứ bảy' --json \
        --text 'Bộ phận tiếp nhận làm việc đến 11 giờ sáng thứ bảy.' \
        >>"$PLACE/log/notice" 2>&1 || die 'no notice in quang-phu'
    node quang-tho notice write --kind van_dong_vu_khi --json \
        --title 'Vận động giao nộp vũ khí' \
        --text 'Ai còn giữ vũ khí, công cụ hỗ trợ xin mang đến trụ sở, có biên nhận.' \
        >>"$PLACE/log/notice" 2>&1 || die 'no draft in quang-tho'
}

# ---- today ----

report_today() { # UNIT CATEGORY TEXT [OPTION..]: its id
    local unit=$1 category=$2 text=$3
    shift 3
    node "$unit" report add --category "$category" --text "$text" "$@" --json |
        jq -r .id
}

classify() { # UNIT ID
    node "$1" report move "$2" da_tiep_nhan >/dev/null
    node "$1" report move "$2" phan_loai >/dev/null
}

offer_arrived() { # COUNT, at the hub
    [ "$(hub referral list --json | jq length)" -ge "$1" ]
}

# Referrals on their way, an urgent report that nobody has acknowledged, a
# warning that has run out, and one commune that is not reached.
live_today() {
    local id
    say 'today: referrals, a second warning, an urgent report, one commune cut off'
    id=$(report_today quang-tho lua_dao_mang \
        'Một đường dây giả danh công an gọi nhiều hộ trong xã, đã có bốn người mất tiền, đề nghị huyện phối hợp.')
    classify quang-tho "$id"
    node quang-tho report refer "$id" >>"$PLACE/log/refer" 2>&1
    id=$(report_today quang-tho cat_trai_phep \
        'Ghe hút cát chạy từ địa bàn xã sang phía Quảng Phú, đề nghị cùng tuần tra.' \
        --village 'La Vân Hạ')
    classify quang-tho "$id"
    node quang-tho report refer "$id" --to quang-phu >>"$PLACE/log/refer" 2>&1
    id=$(report_today quang-phu tin_dung_den \
        'Nhóm cho vay nặng lãi hoạt động ở nhiều xã, đã có đơn của ba hộ.')
    classify quang-phu "$id"
    node quang-phu report refer "$id" >>"$PLACE/log/refer" 2>&1
    wait_until "$DEADLINE" 'the referrals are at the hub' offer_arrived 3 ||
        die 'the referrals did not arrive'
    hub referral accept "$(hub referral list --json |
        jq -r "$(jq_slug)"'.[] | select((.unit | slug) == "quang-phu") | .id')" \
        >"$PLACE/log/accept" 2>&1
    SCAM_ALERT=$(hub alert issue --event 'Cảnh báo lừa đảo' --severity moderate \
        --headline 'Giả danh công an yêu cầu cài ứng dụng' --expires 20s --json \
        --text 'Công an không yêu cầu cập nhật VNeID qua điện thoại hay đường dẫn.' |
        jq -r .id)
    wait_until "$DEADLINE" 'the second warning is stored at all ten' \
        stored_by "$SCAM_ALERT" 10 || die 'the warning did not arrive'
    acknowledge "$SCAM_ALERT" quang-tho quang-vinh quang-thai
    report_today quang-phuoc tai_nan_gt \
        'Hai xe máy tông nhau trên đường tỉnh lộ, một người bất tỉnh, cần người đến ngay.' \
        >/dev/null
    stop_node "$YEAR_OFF"
    report_today "$YEAR_OFF" ngap_lut \
        'Mưa lớn, đường ra phá ngập tới yên xe, một hộ có người già chưa đi được.' >/dev/null
    report_today "$YEAR_OFF" hoi_tthc \
        'Hỏi thủ tục đăng ký tạm trú cho người thuê nhà.' >/dev/null
}

# ---- the whole, and again ----

make_district() {
    enrol
    live_through_the_year
    add_people
    tell_residents
    live_today
    date +%FT%T >"$PLACE/whole"
}

start_again() {
    local unit
    say "the district of $(cat "$PLACE/whole") is started again (--fresh makes a new one)"
    start_hub
    for unit in $(units); do
        [ "$unit" = "$YEAR_OFF" ] || start_node "$unit"
    done
    wait_until "$DEADLINE" 'nine nodes are online' nodes_online 9 ||
        die 'a node did not reach the hub'
}

# %q: what is printed can be typed again as it stands.
print_district() {
    local h n off
    printf -v h '%q --data %q' "$BIN/lienxa-hub" "$PLACE/hub"
    printf -v n '%q --data %q' "$BIN/lienxa-node" "$PLACE/quang-tho"
    printf -v off '%q --data %q' "$BIN/lienxa-node" "$PLACE/$YEAR_OFF"
    print_addresses
    print_logins
    cat <<END

Try in another terminal:

  $h node list
  $h stats --by unit,state
  $h alert list
  $h referral list
  $n status
  $n report list --search 'hut cat' | head -n 4
  $n report add --category cat_trai_phep --text 'Có ghe hút cát ngoài bờ đê' --urgent --json

Quảng An is cut off, with two reports that wait. Bring it back:

  $off serve --web 127.0.0.1:0

Data and logs: $PLACE. Ctrl-C stops everything; the next start is quick.
END
}

node_page() { # UNIT: where its pages are, or -
    node "$1" status --json | jq -r '.web // "-"'
}

print_addresses() {
    local unit
    printf '\n  %-14s %s\n' pages address
    printf '  %-14s %s\n' district "$(hub address --json | jq -r .web)"
    for unit in $(units); do
        if [ "$unit" = "$YEAR_OFF" ]; then
            printf '  %-14s %s\n' "$unit" 'cut off, see below'
        else
            printf '  %-14s %s\n' "$unit" "$(node_page "$unit")"
        fi
    done
    cat <<END

The certificates are of the district's own authority: a browser warns until it
is told to trust it (README).
END
}

print_logins() {
    local pair
    cat <<END

DEMO PASSWORDS - the same in every copy of this program, never for real work:

END
    printf '  %-14s %-12s %-11s %-26s %s\n' where login role password \
        'second factor (TOTP)'
    for pair in $DEMO_HUB_USERS; do
        printf '  %-14s %-12s %-11s %-26s %s\n' 'district' "${pair%:*}" \
            "${pair#*:}" "$(demo_password "${pair#*:}")" \
            "$(jq -r .secret "$PLACE/in/totp.${pair%:*}")"
    done
    for pair in $DEMO_NODE_USERS; do
        printf '  %-14s %-12s %-11s %s\n' 'each commune' "${pair%:*}" \
            "${pair#*:}" "$(demo_password "${pair#*:}")"
    done
    echo
    echo 'A code: type the secret into any authenticator, or oathtool --totp -b SECRET.'
}
