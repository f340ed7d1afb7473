// Made-up answers of lienxa-hub-web to its reads, by path ("/api/reports/*" is any
// one below), and to commands ("command report.move"). Page authors add theirs:
// the shapes are the API's, the content is invented but possible.
const MINUTE = 60000;
const now = () => Date.now();
const at = (minutes) => `${new Date(now() + minutes * MINUTE + 7 * 3600000).toISOString().slice(0, 19)}+07:00`;
const day = (back) => new Date(now() + 7 * 3600000 - back * 86400000).toISOString().slice(0, 10);

const NAMES = ['Quảng Thái', 'Quảng Ngạn', 'Quảng Lợi', 'Quảng Công', 'Quảng Phước', 'Quảng Vinh', 'Quảng An',
    'Quảng Thành', 'Quảng Thọ', 'Quảng Phú'];
const slug = (name) => name.normalize('NFD').replace(/\p{M}/gu, '').replace('Đ', 'D').toLowerCase().replace(' ', '-');
const UNITS = NAMES.map((name, i) => ({ unit: slug(name), slug: slug(name), key: `vn-${i}`, code: `${19880 + i}`, name,
    phone: `0234 355 ${1100 + 37 * i}` }));
const KINDS = [
    ['cat_trai_phep', 'Khai thác cát trái phép', 'Illegal sand mining', 41], ['trom_cap', 'Trộm cắp tài sản', 'Theft', 33],
    ['lua_dao_mang', 'Lừa đảo qua mạng', 'Online fraud', 29], ['gay_on', 'Gây ồn, karaoke quá giờ', 'Noise', 18],
    ['danh_bat_xung_dien', 'Đánh bắt xung điện', 'Electric fishing', 12], ['ma_tuy', 'Ma túy', 'Drugs', 7],
    ['duoi_nuoc', 'Đuối nước, cứu nạn', 'Drowning, rescue', 3], ['hoi_thu_tuc', 'Hỏi thủ tục hành chính', 'Procedures', 52],
];
const OPEN = [4, 11, 0, 7, 2, 16, 5, 3, 23, 9];
const holds = () => ({ units: 10, of: 10, oldest: at(-191) });

const units = () => UNITS.map((unit, i) => ({
    unit: unit.unit, slug: unit.slug, name: unit.name, phone: unit.phone, online: i !== 3,
    as_of: at(i === 3 ? -191 : -i), last_seen: at(i === 3 ? -188 : 0), backlog: i === 3 ? 12 : 0,
    open: OPEN[i], urgent: i === 8 ? 2 : i === 1 ? 1 : 0, waiting: i === 8 ? 1 : 0,
    overdue: i === 5 ? 2 : i === 8 ? 1 : 0, today: [1, 3, 0, 2, 0, 4, 1, 0, 5, 2][i],
}));

const WAITING = () => [
    { id: '0191f3a2-7c5e-7d10-9b1e-3f2a91c05d44', unit: 'quang-tho', name: 'Quảng Thọ', phone: UNITS[8].phone,
        category: 'cat_trai_phep', state: 'moi', urgent: true, village: 'Phước Yên', day: day(0), received: at(-21),
        rings: at(-6), ring: true },
    { id: '0191f3a2-7c5e-7d10-9b1e-3f2a91c05d45', unit: 'quang-ngan', name: 'Quảng Ngạn', phone: UNITS[1].phone,
        category: 'duoi_nuoc', state: 'moi', urgent: true, village: null, day: day(0), received: at(-4), rings: at(11),
        ring: false },
];

function board(query) {
    const days = Array.from({ length: 14 }, (_, i) => ({ day: day(13 - i),
        count: [12, 9, 14, 8, 17, 21, 11, 13, 10, 26, 31, 19, 15, 18][i] }));

    return {
        now: at(0), from: query.get('from') ?? day(13), to: query.get('to') ?? day(0), holds: holds(),
        totals: { open: 80, urgent: 3, waiting: 2, overdue: 3, today: 18, today_last_week: 14, week: 132,
            week_before: 95, range: 224 },
        ring_after_ms: 900000, urgent: WAITING(),
        units: units().filter((one) => [null, '', one.unit].includes(query.get('unit'))),
        by_day: days, by_category: KINDS.map(([category, , , count]) => ({ category, count })),
        by_hour: [[0, 4, 38], [4, 8, 21], [8, 12, 52], [12, 16, 40], [16, 20, 37], [20, 24, 31], [null, null, 5]]
            .map(([from, to, count]) => ({ from, to, count })),
        by_village: [['quang-tho', 'Phước Yên', 23], ['quang-tho', 'La Vân Hạ', 14], ['quang-phu', 'Phù Lai', 9],
            ['quang-vinh', null, 6], ['quang-tho', 'Niêm Phò', null]]
            .map(([unit, village, count]) => ({ unit, village, count })),
    };
}

export default {
    '/api/status': () => ({ now: at(0), web: null, version: '0.1.0', name: 'Quảng Điền', online: true, units: 10,
        heard: 10, here: 9, last_seen: at(0), holds: holds(),
        counts: { open: 80, urgent: 3, waiting: 2, overdue: 3, today: 18 }, alerts: 1, alarms: ['x'], quarantined: 1,
        backed_up: at(-600) }),
    '/api/catalogue': () => ({ now: at(0), units: UNITS, severities: ['extreme', 'severe', 'moderate', 'minor'],
        categories: KINDS.map(([code, vi, en]) => ({ code, vi, en, group: 'A', seal: 'plain', clock: 'none' })),
        states: ['moi', 'da_tiep_nhan', 'phan_loai', 'xac_minh', 'dang_xu_ly', 'cho_bo_sung', 'da_chuyen', 'da_xu_ly', 'dong'],
        channels: ['zalo', 'dien_thoai', 'truc_tiep'], outcomes: [], villages: [] }),
    '/api/board': board,
};
