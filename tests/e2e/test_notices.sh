#!/usr/bin/env bash
# What residents are told: written, approved by a leader, published, corrected,
# taken back; shared with the other communes word for word as its commune signed
# it; the district's own, and its catalogue of procedures with dated forms.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

quiet() { "$@" >"$PLACE/log/quiet" 2>&1 || fail "$*: $(cat "$PLACE/log/quiet")"; }
notice() { node "$1" notice "${@:2}" --json 2>/dev/null | jq -r .id; } # UNIT ARGUMENT..
of() { # UNIT ID FIELD: also of what holds no more
    node "$1" notice list --all --json | jq -r --arg i "$2" \
        ".[] | select(.id == \$i) | .$3"
}
of_is() { [ "$(of "$1" "$2" "$3")" = "$4" ]; }
shown() { # UNIT ID: as residents see it
    node "$1" notice list --json | jq -e --arg i "$2" \
        'any(.[]; .id == $i)' >/dev/null
}
not_shown() { ! shown "$@"; }
procedures_are() { # UNIT COUNT
    [ "$(node "$1" procedure list --all --json | jq length)" = "$2" ]
}

init_hub
start_hub
join_and_start quang-tho quang-phu quang-an
for unit in quang-tho quang-phu; do
    echo 'mot-mat-khau-dai' | node "$unit" user add lanh-dao --role leader \
        >/dev/null 2>&1
done

# ---- a draft is only here, and a leader's word is needed

ID=$(notice quang-tho write --kind canh_bao_thu_doan --title 'Giả danh công an' \
    --text 'Không đọc mã OTP cho ai.' --areas 'Phước Yên, Niêm Phò' --shared)
same 'state of a draft' draft "$(of quang-tho "$ID" state)"
refused node quang-tho notice publish "$ID"
refused node quang-tho notice approve "$ID"
refused node quang-tho notice approve "$ID" --leader can-bo
same 'approved' "$ID" "$(notice quang-tho approve "$ID" --leader lanh-dao)"
same 'changed again' "$ID" "$(notice quang-tho write --notice "$ID" \
    --text 'Không đọc mã OTP cho ai, kể cả công an.')"
refused node quang-tho notice publish "$ID" # other words than were approved
quiet node quang-tho notice approve "$ID" --leader lanh-dao
refused node quang-tho notice return "$ID" --reason 'Thiếu số' # whose word?
refused node quang-tho notice return "$ID" --leader lanh-dao   # why?
quiet node quang-tho notice return "$ID" --leader lanh-dao --reason 'Thiếu số'
same 'state of what was sent back' returned "$(of quang-tho "$ID" state)"
same 'what its writer reads' 'Thiếu số' "$(of quang-tho "$ID" reason)"
refused node quang-tho notice publish "$ID"
quiet node quang-tho notice write --notice "$ID"
same 'the remark, once it was changed' null "$(of quang-tho "$ID" reason)"
quiet node quang-tho notice approve "$ID" --leader lanh-dao
pass 'nothing is published that a leader has not approved, and a draft goes back with a remark'

# ---- published while the line is down, it reaches the sisters signed

# what was approved is published, no other words by the way
refused node quang-tho notice publish "$ID" --text 'Đọc mã OTP cho công an.'
kill_hub
quiet node quang-tho notice publish "$ID"
shown quang-tho "$ID" || fail 'it is not shown where it was published'
PRIVATE=$(notice quang-tho publish --kind lich_lam_viec --title 'Lịch trực' \
    --text 'Thứ bảy trực đến 11 giờ.' --leader lanh-dao)
start_hub
wait_until 30 'quang-phu shows it' shown quang-phu "$ID"
wait_until 30 'quang-an shows it' shown quang-an "$ID"
same 'its words' 'Không đọc mã OTP cho ai, kể cả công an.' \
    "$(of quang-phu "$ID" text)"
same 'whose it is' quang-tho "$(of quang-phu "$ID" unit)"
same 'its villages' 'Phước Yên' "$(of quang-phu "$ID" 'areas[0]')"
OWN=$(notice quang-phu publish --kind bieu_duong --title 'Khen' \
    --text 'Trả lại của rơi.' --leader lanh-dao)
same 'all that quang-phu shows' "$(printf '%s\n' "$ID" "$OWN" | sort)" \
    "$(node quang-phu notice list --json | jq -r '.[].id' | sort)"
wait_until 30 'the district has the other one' eval \
    "hub notice list --json | jq -e 'any(.[]; .id == \"$PRIVATE\")' >/dev/null"
not_shown quang-phu "$PRIVATE" || fail 'what is not shared is shown elsewhere'
pass 'a shared notice is shown in every commune, another one only at home'

# ---- corrected and taken back, also where somebody was away

stop_node quang-an
refused node quang-tho notice correct "$ID" --text x --leader lanh-dao # no reason
quiet node quang-tho notice correct "$ID" --leader lanh-dao \
    --text 'Gọi 113 khi bị đe dọa.' --reason 'Thêm số gọi'
wait_until 30 'the correction is at quang-phu' \
    of_is quang-phu "$ID" reason 'Thêm số gọi'
quiet node quang-tho notice expire "$ID" --leader lanh-dao --reason 'Đã bắt'
wait_until 30 'quang-phu shows it no more' not_shown quang-phu "$ID"
start_node quang-an
wait_until 30 'quang-an shows it no more' of_is quang-an "$ID" state withdrawn
refused node quang-tho notice correct "$ID" --text x --reason y --leader lanh-dao
refused node quang-phu notice expire "$ID" --reason x --leader lanh-dao
pass 'a correction and a withdrawal reach everybody; others cannot make them'

# ---- the district's own

D=$(hub notice publish --kind thien_tai --title 'Mưa lớn' \
    --text 'Dự trữ nước.' --expires 2s --json 2>/dev/null | jq -r .id)
wait_until 30 'quang-phu has it' of_is quang-phu "$D" unit district
wait_until 30 'it has run out' of_is quang-phu "$D" state expired
D=$(hub notice publish --kind phap_luat --title 'Luật mới' \
    --text 'Từ 01/01.' --json 2>/dev/null | jq -r .id)
wait_until 30 'quang-phu shows it' shown quang-phu "$D"
quiet hub notice expire "$D" --reason 'Đăng nhầm'
wait_until 30 'quang-phu shows it no more' not_shown quang-phu "$D"
D=$(hub notice publish --kind thien_tai --title 'Xả lũ' --text 'Tránh xa sông.' \
    --to quang-phu --json 2>/dev/null | jq -r .id)
L=$(hub notice publish --kind phap_luat --title 'Cho mọi xã' --text 'Từ 01/02.' \
    --json 2>/dev/null | jq -r .id)
refused hub notice publish --kind thien_tai --title x --text y --to quang-xa
wait_until 30 'quang-phu shows it' shown quang-phu "$D"
wait_until 30 'quang-an shows the next one' shown quang-an "$L"
not_shown quang-an "$D" || fail 'it is shown where it was not meant to be'
quiet hub notice correct "$D" --text 'Tránh xa sông Bồ.' --reason 'Rõ hơn'
wait_until 30 'corrected at quang-phu' of_is quang-phu "$D" reason 'Rõ hơn'
not_shown quang-an "$D" || fail 'a correction shows it elsewhere'
pass "the district's notices are shown, run out and are taken back, in all communes or in some"

# ---- procedures with dated forms

cat >"$PLACE/in.csv" <<'END'
code,name,valid_from,valid_to,legal_basis,who,papers,forms,fee,time,channel,receiving_unit,notes,last_checked
T1,Đăng ký thường trú,2021-07-01,,Luật Cư trú,Công dân,,CT01@2021-07-01..2023-12-14;CT01@2023-12-15..,,7 ngày,VNeID,Công an xã,,2026-01-05
T2,Đăng ký tạm trú,2021-07-01,2022-12-31,,,,,10.000 đ,3 ngày,,,,
END
same 'import' '2 2 0' "$(hub procedure import "$PLACE/in.csv" --json |
    jq -r '"\(.procedures) \(.new) \(.changed)"')"
same 'again' '2 0 0' "$(hub procedure import "$PLACE/in.csv" --json |
    jq -r '"\(.procedures) \(.new) \(.changed)"')"
sed -i 's/10.000 đ/15.000 đ/' "$PLACE/in.csv"
same 'one changed' '2 0 1' "$(hub procedure import "$PLACE/in.csv" --json |
    jq -r '"\(.procedures) \(.new) \(.changed)"')"
echo 'T3,,2021-07-01,,,,,,,,,,,' >>"$PLACE/in.csv"
refused hub procedure import "$PLACE/in.csv" # all of it or none
wait_until 30 'quang-phu has the catalogue' procedures_are quang-phu 2
same 'those that hold' T1 \
    "$(node quang-phu procedure list --json | jq -r '[.[].code] | join(" ")')"
same 'the form that holds' '2023-12-15' "$(node quang-phu procedure list --json |
    jq -r '.[0].forms[] | select(.holds) | .valid_from')"
wait_until 30 'the change arrived' eval \
    "node quang-phu procedure list --all --json | jq -e 'any(.[]; .fee == \"15.000 đ\")' >/dev/null"
pass 'procedures and their forms hold by date'

# ---- numbers

same 'fixed numbers' '111 112 113 114 115' "$(node quang-phu directory list --json |
    jq -r '[.[] | select(.fixed) | .phone] | join(" ")')"
same 'communes with a machine' 3 "$(node quang-phu directory list --json |
    jq '[.[] | select(.fixed | not)] | length')"
same 'alarms' '[]' "$(node quang-phu alarm list --json | jq -c .)"
verify_all quang-tho quang-phu quang-an
pass 'everything verifies'
