/* hub/templates.c - the texts. Each tells what happens, what to do now, and
 * whom to call; none promises what the district cannot keep. */
#include "hub/templates.h"

#include "common/domain/alert.h"

const struct alert_template alert_templates[] = {
    {"flood",
     "flood",
     "Met",
     ALERT_EXTREME,
     "Immediate",
     "Observed",
     "Evacuate",
     "12h",
     {"Nước lên nhanh tại [nơi], cần di dời ngay",
      "Nước đang lên nhanh tại [nơi], dự kiến đạt [mức] lúc [giờ]. Người già, "
      "trẻ em, người bệnh đi trước. Đến [điểm sơ tán] theo hướng [đường đi]. "
      "Ngắt điện trước khi rời nhà, mang theo thuốc, giấy tờ, nước uống. Không "
      "đi qua chỗ nước chảy xiết. Cần cứu giúp: gọi 112 hoặc số trực của xã."},
     {"Water rising fast at [place], leave now",
      "The water is rising fast at [place] and is expected to reach [level] at "
      "[time]. Old people, children and the sick go first. Go to [shelter] by "
      "[road]. Switch the power off before you leave; take medicine, papers "
      "and drinking water. Do not cross running water. For rescue call 112 or "
      "the commune's duty number."}},
    {"storm",
     "storm",
     "Met",
     ALERT_SEVERE,
     "Expected",
     "Likely",
     "Prepare",
     "24h",
     {"Bão [tên hoặc số] dự kiến đổ bộ [giờ, ngày]",
      "Gió mạnh cấp [cấp], giật cấp [cấp], mưa lớn từ [giờ, ngày]. Chằng chống "
      "nhà cửa, cắt tỉa cành cây, đưa thuyền về nơi neo đậu trước [giờ]. Ở "
      "trong nhà kiên cố khi gió mạnh, tránh xa cửa kính và dây điện. Người ở "
      "nhà yếu, ven đầm phá đến [điểm sơ tán] trước [giờ]. Sạc điện thoại, dự "
      "trữ nước uống."},
     {"Storm [name or number] expected at [time, day]",
      "Winds of force [force], gusts of force [force], heavy rain from [time, "
      "day]. Secure houses, trim branches, bring boats to their moorings "
      "before "
      "[time]. Stay in a solid house during the wind, away from glass and "
      "power "
      "lines. Who lives in a weak house or by the lagoon goes to [shelter] "
      "before [time]. Charge telephones, store drinking water."}},
    {"fire",
     "fire",
     "Fire",
     ALERT_EXTREME,
     "Immediate",
     "Observed",
     "Evacuate",
     "4h",
     {"Cháy lớn tại [nơi], tránh xa khu vực",
      "Đang cháy tại [nơi], khói bay về hướng [hướng]. Người trong khu vực "
      "[phạm "
      "vi] rời đi ngay theo [đường đi], cúi thấp, che mũi miệng bằng khăn ướt, "
      "không dùng thang máy, không quay lại lấy đồ. Nhường đường cho xe chữa "
      "cháy. Có người mắc kẹt: gọi 114 và nói rõ vị trí."},
     {"Large fire at [place], keep away",
      "There is a fire at [place]; the smoke drifts [direction]. Everybody "
      "within [area] leaves now by [road], keeping low, a wet cloth over nose "
      "and mouth, without lifts, without going back for things. Leave the road "
      "to the fire engines. If somebody is trapped call 114 and say exactly "
      "where."}},
    {"missing",
     "missing person",
     "Rescue",
     ALERT_MODERATE,
     "Immediate",
     "Observed",
     "Monitor",
     "48h",
     {"Tìm người mất tích: [tên gọi, tuổi], từ [nơi]",
      "[Tên gọi], [tuổi], [nam/nữ], cao [cao], mặc [quần áo], rời [nơi] lúc "
      "[giờ, ngày], có thể đi về hướng [hướng]. Đặc điểm: [đặc điểm]. Ai thấy "
      "xin ở lại gần, giữ người đó an toàn và gọi số trực của xã hoặc 113. "
      "Không đưa hình ảnh gia đình lên mạng khi chưa được đồng ý."},
     {"Missing: [name, age], from [place]",
      "[Name], [age], [man/woman], [height] tall, wearing [clothes], left "
      "[place] at [time, day], perhaps towards [direction]. Marks: [marks]. "
      "Who "
      "sees this person stays near, keeps them safe and calls the commune's "
      "duty number or 113. Post no pictures of the family without their "
      "consent."}},
    {"scam",
     "scam wave",
     "Security",
     ALERT_MODERATE,
     "Expected",
     "Observed",
     "Avoid",
     "7d",
     {"Thủ đoạn lừa đảo đang lan: [tên thủ đoạn]",
      "Kẻ xấu tự xưng [ai] gọi điện hoặc nhắn tin, yêu cầu [việc]. Dấu hiệu: "
      "[dấu hiệu]. Công an không làm việc qua điện thoại, không yêu cầu chuyển "
      "tiền hay đọc mã OTP. Không bấm vào đường dẫn lạ, không cài ứng dụng "
      "theo "
      "lời người gọi. Đã chuyển tiền: gọi ngân hàng để khóa tài khoản, giữ tin "
      "nhắn và báo công an xã."},
     {"A scam is spreading: [name of the method]",
      "People posing as [whom] call or write and demand [what]. Signs: "
      "[signs]. "
      "The police do not work by telephone, demand no transfers and never ask "
      "for a one-time code. Open no unknown links and install nothing that a "
      "caller names. If you have paid: have your bank block the account, keep "
      "the messages and tell the commune's police."}},
    {"traffic",
     "road closed",
     "Transport",
     ALERT_MINOR,
     "Immediate",
     "Observed",
     "Avoid",
     "6h",
     {"Đường [tên đường] tạm cấm tại [nơi]",
      "Đường [tên đường] đoạn [từ] đến [đến] tạm cấm do [lý do], dự kiến đến "
      "[giờ]. Xe đi theo hướng [đường tránh]. Giảm tốc độ, theo hiệu lệnh của "
      "người điều khiển giao thông, không dừng lại xem hay quay phim."},
     {"[Road] closed at [place]",
      "[Road] between [from] and [to] is closed because of [reason], expected "
      "until [time]. Use [diversion]. Slow down, follow the signs of those who "
      "direct the traffic, do not stop to look or to film."}},
    {"drill",
     "drill",
     "Other",
     ALERT_MINOR,
     "Future",
     "Observed",
     "Execute",
     "2h",
     {"DIỄN TẬP: kiểm tra đường truyền cảnh báo",
      "Đây là diễn tập, không có nguy hiểm. Trực ban các xã bấm xác nhận khi "
      "nhận được tin này và không phát cho người dân."},
     {"DRILL: a test of the warning line",
      "This is a drill, there is no danger. The communes' duty officers "
      "acknowledge it as soon as they have it and do not pass it on to "
      "residents."}},
};
const size_t alert_template_count =
    sizeof alert_templates / sizeof *alert_templates;
