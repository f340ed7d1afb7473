#include "common/domain/category.h"

#include <string.h>

const struct category categories[] = {
    {"trom_cap", "Trộm cắp tài sản", "Theft", 'H', "Security", SEAL_YES,
     CLOCK_24H, false},
    {"cuop_giat", "Cướp, cướp giật", "Robbery, snatching", 'H', "Security",
     SEAL_YES, CLOCK_NOW, false},
    {"co_y_gay_thuong_tich", "Cố ý gây thương tích", "Assault", 'H', "Security",
     SEAL_YES, CLOCK_NOW, false},
    {"gay_roi", "Gây rối trật tự công cộng", "Public disorder", 'H', "Security",
     SEAL_YES, CLOCK_NOW, false},
    {"bao_luc_gia_dinh", "Bạo lực gia đình", "Domestic violence", 'H', "Safety",
     SEAL_ALWAYS, CLOCK_NOW, false},
    {"xam_hai_tre_em", "Xâm hại trẻ em", "Child abuse", 'H', "Safety",
     SEAL_ALWAYS, CLOCK_NOW, false},
    {"danh_bac", "Đánh bạc, đá gà", "Gambling", 'H', "Security", SEAL_YES,
     CLOCK_24H, false},
    {"tin_dung_den", "Tín dụng đen, đòi nợ thuê", "Loan sharking", 'H',
     "Security", SEAL_ALWAYS, CLOCK_24H, false},
    {"huy_hoai_tai_san", "Hủy hoại tài sản", "Property damage", 'H', "Security",
     SEAL_YES, CLOCK_24H, false},
    {"mua_ban_nguoi", "Mua bán người", "Trafficking in persons", 'H',
     "Security", SEAL_ALWAYS, CLOCK_NOW, false},
    {"truy_na", "Tin về đối tượng truy nã", "Wanted person sighting", 'H',
     "Security", SEAL_ALWAYS, CLOCK_NOW, false},
    {"ma_tuy", "Mua bán, sử dụng ma túy", "Drugs", 'M', "Security", SEAL_ALWAYS,
     CLOCK_24H, false},
    {"cat_trai_phep", "Khai thác cát trái phép", "Illegal sand mining", 'K',
     "Env", SEAL_YES, CLOCK_NOW_IF_LIVE, false},
    {"xa_thai", "Xả thải, đổ rác trái phép", "Dumping, discharge", 'K', "Env",
     SEAL_OPT, CLOCK_24H, false},
    {"hang_gia_lau", "Hàng giả, buôn lậu", "Counterfeit, smuggling", 'K',
     "Security", SEAL_YES, CLOCK_24H, false},
    {"thuc_pham", "Vi phạm an toàn thực phẩm", "Food safety", 'K', "Health",
     SEAL_OPT, CLOCK_24H, false},
    {"danh_bat_xung_dien", "Đánh bắt xung điện, tận diệt (đầm phá)",
     "Electric fishing (lagoon)", 'K', "Env", SEAL_OPT, CLOCK_24H, false},
    {"dat_dai_lan_chiem", "Lấn chiếm đất, lòng lề đường", "Encroachment", 'T',
     "Infra", SEAL_OPT, CLOCK_72H, false},
    {"lua_dao_mang", "Lừa đảo qua mạng", "Online fraud", 'N', "Security",
     SEAL_YES, CLOCK_24H, false},
    {"gia_danh", "Giả danh công an, cơ quan nhà nước", "Impersonation", 'N',
     "Security", SEAL_YES, CLOCK_24H, false},
    {"tin_gia", "Tin giả, xuyên tạc", "False information", 'N', "Security",
     SEAL_OPT, CLOCK_24H, false},
    {"chiem_tai_khoan", "Chiếm đoạt tài khoản", "Account takeover", 'N',
     "Security", SEAL_YES, CLOCK_24H, false},
    {"tai_nan_gt", "Tai nạn giao thông", "Traffic accident", 'G', "Transport",
     SEAL_OPT, CLOCK_NOW, false},
    {"vi_pham_gt", "Vi phạm giao thông, đua xe", "Traffic offence, racing", 'G',
     "Transport", SEAL_OPT, CLOCK_24H, false},
    {"duong_thuy", "Mất an toàn đường thủy", "Waterway safety", 'G',
     "Transport", SEAL_OPT, CLOCK_NOW, false},
    {"chay_no", "Cháy, nổ", "Fire, explosion", 'C', "Fire", SEAL_OPT, CLOCK_NOW,
     false},
    {"duoi_nuoc", "Đuối nước, cứu nạn", "Drowning, rescue", 'C', "Rescue",
     SEAL_OPT, CLOCK_NOW, false},
    {"ngap_lut", "Ngập lụt, sạt lở", "Flood, landslide", 'C', "Met", SEAL_OPT,
     CLOCK_NOW, false},
    {"nguoi_mat_tich", "Người mất tích", "Missing person", 'C', "Rescue",
     SEAL_YES, CLOCK_NOW, false},
    {"on_ao", "Gây ồn, karaoke quá giờ", "Noise", 'T', "Safety", SEAL_OPT,
     CLOCK_72H, false},
    {"cu_tru_vi_pham", "Vi phạm cư trú, người lạ", "Residence violation", 'T',
     "Security", SEAL_YES, CLOCK_72H, false},
    {"cho_tha_rong", "Chó thả rông", "Stray dogs", 'T', "Safety", SEAL_OPT,
     CLOCK_72H, false},
    {"phao_no", "Pháo nổ, vận chuyển pháo", "Fireworks", 'V', "Security",
     SEAL_YES, CLOCK_24H, false},
    {"vu_khi", "Tàng trữ vũ khí, vật liệu nổ", "Illegal weapons", 'V',
     "Security", SEAL_ALWAYS, CLOCK_NOW, false},
    {"giao_nop_vu_khi", "Giao nộp vũ khí, công cụ hỗ trợ", "Weapon hand-over",
     'V', "", SEAL_OPT, CLOCK_BOOKING, false},
    {"nhat_tra_tai_san", "Nhặt được, trả lại tài sản", "Found property", 'T',
     "", SEAL_OPT, CLOCK_72H, false},
    {"can_bo", "Phản ánh thái độ, hành vi cán bộ", "Officer conduct", 'T', "",
     SEAL_ALWAYS, CLOCK_24H, true},
    {"hoi_tthc", "Hỏi thủ tục hành chính", "Procedure question", 'A', "",
     SEAL_NO, CLOCK_WORKING_DAY, false},
    {"khac", "Nội dung khác", "Other", '-', "Other", SEAL_OPT, CLOCK_24H,
     false},
};

const size_t category_count = sizeof categories / sizeof *categories;

const struct category *category_find(const char *code)
{
    for (size_t i = 0; i < category_count; i++)
        if (categories[i].code[0] == code[0] && /* for each report a hub gets */
            strcmp(categories[i].code, code) == 0)
            return &categories[i];
    return NULL;
}

bool category_needs_custodian(const struct category *category)
{
    switch (category->seal) {
    case SEAL_NO:
    case SEAL_OPT:
        return false;
    case SEAL_YES:
    case SEAL_ALWAYS:
        break;
    }
    return true;
}
