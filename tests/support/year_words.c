/* tests/support/year_words.c - places, communes, openings, endings, and what
 * officers write: the rest of the words of the sample year. */
#include "tests/support/year_words.h"

#include <stddef.h>

#include "common/domain/report.h"

#define L YEAR_LIST

const char *const *const year_places[PLACE_END] = {
    [PLACE_ANY] =
        L("gần chợ", "cạnh nhà văn hóa", "cuối xóm", "gần trạm bơm",
          "sau trường tiểu học", "trước trụ sở hợp tác xã", "đầu làng",
          "bên cầu bê tông", "cạnh sân bóng", "gần đình làng"),
    [PLACE_HOME] = L("trong xóm", "cuối xóm", "đầu ngõ", "cạnh đình làng",
                     "gần giếng làng", "sau chợ", "gần nhà thờ họ",
                     "ở xóm trong", "cạnh nhà văn hóa"),
    [PLACE_ROAD] =
        L("đầu đường liên xã", "ở ngã ba chợ", "trên đường tỉnh lộ",
          "trước cổng trường", "ở khúc cua gần cầu", "trên đường bê tông",
          "ở ngã tư", "ngay dốc cầu", "trên đường ra đồng"),
    [PLACE_RIVER] = L("ở bến sông", "khúc sông sau bờ tre", "ngoài bãi bồi",
                      "dưới chân cầu", "đoạn sông trước đình", "gần bến đò cũ",
                      "ngang trạm bơm", "sát bờ đê sông Bồ", "giữa sông Bồ"),
    [PLACE_LAGOON] =
        L("ngoài phá", "ven phá Tam Giang", "gần bến thuyền",
          "chỗ nò sáo ngoài phá", "ngoài hồ nuôi tôm", "gần cồn cỏ ngoài phá"),
    [PLACE_WATER] = L("ngoài hói", "ở kênh thủy lợi", "dưới cống lớn",
                      "ở hồ sau đồng", "đoạn mương chính")};

/* The river is the Bồ, the lagoon Tam Giang. Seven were cut off in the flood.
 */
const struct year_commune year_communes[] = {
    {"quang-thai", 46, 70, false, true, true, 0, {NULL}},
    {"quang-ngan", 60, 80, false, true, false, 0, {NULL}},
    {"quang-loi", 90, 110, false, true, true, 35, {"Ngư Mỹ Thạnh"}},
    {"quang-cong", 50, 60, false, true, false, 0, {NULL}},
    {"quang-phuoc", 95, 110, true, true, true, 0, {NULL}},
    {"quang-vinh", 85, 120, false, false, false, 0, {NULL}},
    {"quang-an", 70, 80, false, true, true, 0, {NULL}},
    {"quang-thanh",
     110,
     120,
     false,
     true,
     true,
     55,
     {"Kim Đôi", "Thành Trung"}},
    {"quang-tho",
     285,
     300,
     true,
     false,
     true,
     85,
     {"Phước Yên", "La Vân Hạ", "Niêm Phò", "Phù Lai"}},
    {"quang-phu", 140, 150, true, false, true, 55, {"Bác Vọng", "Phú Lễ"}},
    {0}};

const char *const *const year_openings[] = {
    [CHANNEL_ZALO] = L("", "", "", "", "Alo công an xã ơi.", "Chào các anh.",
                       "Dạ chào anh chị.", "Ad ơi."),
    [CHANNEL_TRUC_TIEP] =
        L("", "", "Công dân đến trình báo:", "Ghi lời trình bày:"),
    [CHANNEL_DIEN_THOAI] = L("", "", "Người dân gọi báo:", "Gọi tới trực ban:"),
    [CHANNEL_HOM_THU] = L("Kính gửi Công an xã.", "Kính thưa các anh.", ""),
    [CHANNEL_WEB] = L(""),
    [CHANNEL_OPEN311] = L(""),
    [CHANNEL_HUES] = L(""),
    [CHANNEL_TO_AN_NINH] =
        L("Tổ an ninh cơ sở báo:", "Tổ an ninh thôn ghi nhận:", ""),
    [CHANNEL_KHAC] = L("")};

const char *const year_endings[] = {"",
                                    "",
                                    "",
                                    "",
                                    "Đề nghị công an xã kiểm tra.",
                                    "Mong các anh xử lý giúp bà con.",
                                    "Xin giữ kín tên người báo.",
                                    "Gia đình xin cảm ơn.",
                                    "Có gì xin gọi lại cho tôi.",
                                    "Tôi có ảnh, cần thì tôi gửi.",
                                    "Xin cảm ơn các anh.",
                                    NULL};

const char *const year_sums[] = {
    "500 nghìn", "1,2 triệu", "2 triệu",  "3,5 triệu", "5 triệu",
    "8 triệu",   "12 triệu",  "18 triệu", "25 triệu",  "40 triệu",
    "65 triệu",  "120 triệu", NULL};

/* "Example", "trial", "sample": nobody is called that. */
const char *const year_names[] = {
    "Nguyễn Văn", "Trần Thị", "Lê Văn",   "Phạm Thị",   "Hoàng Văn", "Phan Thị",
    "Hồ Văn",     "Văn Thị",  "Đặng Văn", "Trương Thị", NULL};
const char *const year_given[] = {"Mẫu",     "Thử",      "Ví Dụ",
                                  "Thí Dụ",  "Minh Họa", "Giả Định",
                                  "Làm Mẫu", "Ghi Thử",  NULL};

const char *const year_hurried[] = {
    "không", "ko",    "được",    "dc",   "người",      "ng",    "với",
    "vs",    "biết",  "bít",     "rồi",  "r",          "gì",    "j",
    "vậy",   "z",     "công an", "ca",   "điện thoại", "đt",    "bây giờ",
    "bh",    "trước", "trc",     "cũng", "cg",         "những", "nhg",
    "nhiều", "nhìu",  "chưa",    "chx",  NULL};

const char *const *const year_done[COURSE_END] = {
    [COURSE_QUESTION] = L(
        "Đã trả lời theo danh mục thủ tục.", "Đã hướng dẫn hồ sơ và nơi nộp.",
        "Đã gọi lại hướng dẫn từng bước.", "Đã nhận hồ sơ tại bộ phận một cửa.",
        "Đã hướng dẫn nộp trên cổng dịch vụ công."),
    [COURSE_RESCUE] =
        L("Đã có mặt, bảo vệ hiện trường, đưa người bị nạn đi trạm y tế.",
          "Đã phối hợp tổ an ninh thôn xử lý xong tại chỗ.",
          "Đã lập biên bản, mời các bên về trụ sở làm việc.",
          "Đã hỗ trợ di dời, không có thiệt hại về người.",
          "Tình hình đã ổn định, tiếp tục theo dõi.",
          "Đã báo cáo cấp trên và bàn giao hồ sơ ban đầu."),
    [COURSE_CRIME] = L("Đã lấy lời khai, lập hồ sơ ban đầu.",
                       "Đã xác minh, xử phạt vi phạm hành chính.",
                       "Đã thu giữ tang vật, lập biên bản.",
                       "Đã mời đối tượng lên làm việc, cho ký cam kết.",
                       "Đã hướng dẫn người báo gửi đơn kèm sao kê.",
                       "Đã tuần tra, giải tán tụ điểm, giao thôn theo dõi.",
                       "Đã phát cảnh báo trên loa và trang của xã."),
    [COURSE_ORDER] = L("Đã nhắc nhở, gia đình cam kết không tái phạm.",
                       "Đã phối hợp thôn xuống kiểm tra, khắc phục xong.",
                       "Đã lập biên bản nhắc nhở lần đầu.",
                       "Đã hòa giải, hai bên thống nhất.",
                       "Đã chuyển ý kiến tới bộ phận phụ trách, đã sửa.",
                       "Đã trả lại cho người mất, có ký nhận.",
                       "Đã tiếp nhận, cấp biên nhận.")};

const char *const *const year_ended[] = {
    [OUTCOME_NONE] = L(""),
    [OUTCOME_RESOLVED] = L(""),
    [OUTCOME_TRUNG_LAP] = L("Trùng với tin đã nhận trước đó.",
                            "Cùng một vụ, nhiều người báo, đã gộp.",
                            "Trùng nội dung, theo dõi ở tin đầu tiên."),
    [OUTCOME_NGOAI_THAM_QUYEN] =
        L("Thuộc thẩm quyền đơn vị khác, đã hướng dẫn người báo.",
          "Thuộc trách nhiệm điện lực, đã gọi báo.",
          "Tranh chấp dân sự, hướng dẫn gửi tòa án."),
    [OUTCOME_KHONG_DU_CAN_CU] =
        L("Đã kiểm tra, không phát hiện vi phạm.",
          "Đến nơi không còn dấu hiệu, không có người chứng kiến.",
          "Không liên hệ lại được người báo, thiếu thông tin."),
    [OUTCOME_TIN_RAC] =
        L("Tin quảng cáo.", "Nội dung không liên quan, gửi hàng loạt."),
    [OUTCOME_RUT_LAI] = L("Người báo xin rút, hai bên đã tự thỏa thuận.",
                          "Người báo đã tìm lại được tài sản.")};

const char *const year_asked[] = {
    "Chờ người báo gửi thêm ảnh.", "Đã gọi xin thêm thông tin về địa điểm.",
    "Chờ sao kê ngân hàng.", "Chờ kết quả của trạm y tế.", NULL};
const char *const year_reopened[] = {"Người báo cho biết tái diễn.",
                                     "Có thêm tình tiết mới.", NULL};
