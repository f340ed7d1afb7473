// Made-up answers of lienxa-node-web to its reads, by path ("/api/reports/*" is any
// one below), and to commands ("command report.move"). Page authors add theirs:
// the shapes are the API's, the content is invented but possible.
const ago = (minutes) => new Date(Date.now() - minutes * 60000).toISOString();
const id = (n) => `0198a1b2-0000-7000-8000-${String(n).padStart(12, '0')}`;
const category = (code, vi, en, group, seal, clock, custodian = false) => ({ code, vi, en, group, seal, clock, custodian });

const CATEGORIES = [
    category('trom_cap', 'Trộm cắp tài sản', 'Theft', 'H', 'yes', '24h'),
    category('bao_luc_gia_dinh', 'Bạo lực gia đình', 'Domestic violence', 'H', 'always', 'now', true),
    category('cat_trai_phep', 'Khai thác cát trái phép', 'Illegal sand mining', 'K', 'yes', 'now_if_live'),
    category('lua_dao_mang', 'Lừa đảo qua mạng', 'Online fraud', 'N', 'yes', '24h'),
    category('ngap_lut', 'Ngập lụt, sạt lở', 'Flood, landslide', 'C', 'opt', 'now'),
    category('on_ao', 'Gây ồn, karaoke quá giờ', 'Noise', 'T', 'opt', '72h'),
];
const row = (n, code, state, minutes, due, more = {}) => ({
    id: id(n), category: code, state, urgent: false, ring: false, received: ago(minutes), day: ago(minutes).slice(0, 10), hour: 20,
    village: 'Phước Yên', text: null, channel: 'dien_thoai', outcome: null, referred: null, erased: false,
    due: due === null ? null : { what: 'acknowledge', at: ago(-due), overdue: due < 0, paused: false }, ...more,
});
const ROWS = [
    row(6, 'ngap_lut', 'moi', 9, -4, { urgent: true, ring: true, text: 'Nước tràn qua đường liên thôn, hai nhà phía trong bị cô lập, có người già.' }),
    row(5, 'trom_cap', 'da_tiep_nhan', 55, 12, { village: 'Niêm Phò', text: 'Mất một xe đạp điện màu đỏ để trước hiên nhà lúc trưa.' }),
    row(4, 'cat_trai_phep', 'da_chuyen', 310, 190, { text: 'Hai ghe máy hút cát sát bờ kè, tiếng máy rất to.',
        referred: { direction: 'out', unit: 'district', name: 'huyện', stage: 'waiting' } }),
    row(3, 'on_ao', 'xac_minh', 900, 1800, { village: null, text: 'Hát karaoke bằng loa kẹo kéo đến gần nửa đêm nhiều hôm liền.' }),
];
const report = {
    ...ROWS[1], erased: null, attachments: [{}, {}, {}], conflict: false, referral: null, sender: { present: true, key: 'duty' },
    history: [
        { version: 2, at: ago(50), state: 'da_tiep_nhan', by: 'lan.nguyen', note: 'Đã gọi lại, hẹn xuống lúc 16 giờ.', delivered: false, erasure: false },
        { version: 1, at: ago(55), state: 'moi', by: 'lan.nguyen', note: null, delivered: true, erasure: false },
    ],
    moves: [
        { to: 'phan_loai', command: 'report.move', outcomes: [], note_needed: false },
        { to: 'da_chuyen', command: 'report.refer', outcomes: [], note_needed: false },
        { to: 'dong', command: 'report.move', outcomes: ['trung_lap', 'tin_rac', 'rut_lai'], note_needed: true },
    ],
    clocks: [
        { what: 'acknowledge', at: ago(-10), done: ago(50), state: 'met' },
        { what: 'resolve', at: ago(-1400), done: null, state: 'running' },
    ],
    similar: [{ id: id(2), state: 'dong', received: ago(2000), village: 'Niêm Phò', text: 'Mất xe máy trước cổng trường.' }],
};
const alert = { id: id(90), event: 'flood', headline: 'Lũ trên sông Bồ lên nhanh', severity: 'extreme', state: 'active', issued: ago(20),
    expires: ago(-700), acknowledged: ago(12), by: 'Chị Hà', text: 'Sơ tán vùng trũng trước 18:00. Mang theo giấy tờ, nước uống.' };

export default {
    '/api/status': () => ({ name: 'Xã Quảng Thọ', district: 'Huyện Quảng Điền', district_phone: null, online: true,
        last_contact: ago(0), backlog: 0, urgent_waiting: 0, vault_locked: 0, hours: null, awaits_hours: false, retired: false, filling: false, alarms: [],
        counts: { open: ROWS.length, overdue: 1, urgent_waiting: 1 }, now: ago(0) }),
    '/api/catalogue': { categories: CATEGORIES, villages: ['Phước Yên', 'Niêm Phò', 'La Vân Hạ'],
        states: ['moi', 'da_tiep_nhan', 'phan_loai', 'xac_minh', 'dang_xu_ly', 'cho_bo_sung', 'da_chuyen', 'da_xu_ly', 'dong'],
        channels: ['zalo', 'truc_tiep', 'dien_thoai', 'hom_thu', 'khac'], outcomes: ['resolved', 'trung_lap', 'tin_rac', 'rut_lai'],
        units: [{ unit: '19900', slug: 'quang-phu', name: 'Xã Quảng Phú' }] },
    '/api/reports': (asked) => {
        const rows = ROWS.filter((one) => !asked.get('category') || one.category === asked.get('category'));

        return { now: ago(0), total: rows.length, total_is_least: false, next: null, filling: false, rows };
    },
    '/api/reports/*': report,
    '/api/files/*': () => ({ rows: [
        { key: '1', name: 'xe đạp.jpg', size: 412000, type: 'image/jpeg', kept: false, where: 'sent', pieces: 27, have: 27 },
        { key: '2', name: 'đơn trình báo.pdf', size: 88000, type: 'application/pdf', kept: true, where: 'here', pieces: 7, have: 7 },
        { key: '3', name: 'hiên nhà.jpg', size: 640000, type: 'image/jpeg', kept: false, where: 'hub', pieces: 41, have: 12 },
    ] }),
    '/api/alerts': () => ({ rows: [alert], unshown: 0, until: 0 }),
    '/api/referrals': () => ({ rows: [] }),
    '/api/disclosures': () => ({ rows: [] }),
    'command report.add': () => ({ ok: true, out: { id: id(5) } }),
    'command report.move': () => ({ ok: true, out: {} }),
    'command alert.shown': () => ({ ok: true, out: {} }),
};
