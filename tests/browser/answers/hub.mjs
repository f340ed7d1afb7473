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

const ALERT = '0191f3a2-0000-7d10-9b1e-3f2a91c05d00';
const HEADLINE = 'Lũ trên sông Bồ lên nhanh, sơ tán vùng trũng trước 18 giờ';
const receipts = () => UNITS.slice(5).map((unit, i) => ({ unit: unit.unit, name: unit.name, phone: unit.phone, online: i !== 3,
    sent: i === 3 ? null : at(-40), stored: i === 3 ? null : at(-40), shown: i > 1 ? null : at(-39),
    acknowledged: i > 0 ? null : at(-35), by: i > 0 ? null : 'Trần Thị Bình',
    step: ['acknowledged', 'shown', 'stored', 'waiting', 'stored'][i] }));
const reach = () => ({ of: 5, sent: 4, stored: 4, shown: 2, acknowledged: 1, refused: 0 });
const alert = () => ({ id: ALERT, event: 'flood', headline: HEADLINE, severity: 'extreme', state: 'active', issued: at(-40),
    expires: at(640), to: UNITS.slice(5).map((unit) => unit.unit), reach: reach() });

const report = (i) => ({ id: `0191f3a2-7c5e-7d10-9b1e-3f2a91c05d${44 + i}`, unit: UNITS[[8, 1, 5, 9, 4][i]].unit,
    category: KINDS[i][0], state: ['moi', 'moi', 'xac_minh', 'da_chuyen', 'cho_bo_sung'][i], urgent: i < 2,
    received: at(-21 * (i + 1)), day: day(0), hour: 14, village: ['Phước Yên', null, 'Sơn Tùng', 'Phù Lai', null][i],
    channel: 'dien_thoai', outcome: null, attachments: 2,
    due: { what: 'acknowledge', at: at([-6, 12, 300, 900, 2000][i]), overdue: i === 0, paused: i === 4 }, ring: i === 0,
    text: i === 3 ? 'Hát karaoke bằng loa kẹo kéo đến gần nửa đêm nhiều hôm liền.' : null, referred: i === 3 });

const referral = (stage, to, i) => ({ id: `0191f3a2-7c5e-7d10-9b1e-00000000000${i}`, unit: 'quang-phu', to, report: report(3).id, stage,
    owner: stage === 'accepted' ? to : 'quang-phu', offer: 1, offered: at(-50 * i), answered: stage === 'waiting' ? null : at(-20),
    by: stage === 'waiting' ? null : 'minh.tran', reason: stage === 'refused' ? 'Không thuộc thẩm quyền của huyện.' : null,
    category: 'gay_on', urgent: i === 1, village: 'Phù Lai', received: at(-200), erased: false,
    text: 'Hát karaoke bằng loa kẹo kéo đến gần nửa đêm nhiều hôm liền, đã nhắc ba lần không được.' });

const todo = (id, code, text, minutes) => ({ id, code, text, since: at(-minutes), times: id });
const NEEDED = [
    todo(3, 160, 'Quảng Phú passes a report on to the district: see `referral list`, then `referral accept` or `referral refuse`', 50),
    todo(1, 152, 'the last copy of this hub is of 2026-11-10, older than a week: type `lienxa-hub backup FILE` and keep FILE on another machine', 900),
];
const node = (unit, i) => ({ unit: unit.unit, name: unit.name, phone: unit.phone, state: i === 7 ? 'absent' : i === 4 ? 'retiring' : 'enrolled',
    online: i !== 3 && i !== 7, last_seen: i === 7 ? null : at(i === 3 ? -188 : 0), delivered_until: i === 7 ? null : at(i === 3 ? -191 : -i),
    vaulted_until: i === 7 ? null : at(-200 - i), vault_backlog: i === 3 ? 4 : 0, clock_offset_ms: i === 7 ? null : i === 5 ? -190000 : 40 * i,
    version: i === 7 ? null : '0.1.0', backlog: i === 7 ? null : i === 3 ? 12 : 0, backlog_bytes: i === 3 ? 20480 : 0,
    rate: i === 3 ? '256k' : null, hours: i === 3 || i === 4 ? '19:00-06:00' : null, awaits_hours: i === 3,
    oldest_unsent: i === 3 ? at(-180) : null, alarms: [], todo: i === 9 ? [NEEDED[0]] : [],
    machines: i === 7 ? [] : [{ certificate: 2, state: 'enrolled', words: 'at work', waiting: null, drained: null, address: '10.0.0.8:40112', last_seen: at(0) },
        { certificate: 1, state: 'retiring', words: 'drained: may be switched off and erased', waiting: 0, drained: at(-3000), address: null, last_seen: at(-3000) }] });

export default {
    '/api/status': () => ({ now: at(0), web: null, version: '0.1.0', name: 'Quảng Điền', online: true, units: 10,
        heard: 10, here: 9, last_seen: at(0), holds: holds(),
        counts: { open: 80, urgent: 3, waiting: 2, overdue: 3, today: 18 }, alerts: 1, alarms: ['x'], quarantined: 1,
        ring_after_ms: 900000, backed_up: at(-600) }),
    '/api/catalogue': () => ({ now: at(0), units: UNITS, severities: ['extreme', 'severe', 'moderate', 'minor'],
        categories: KINDS.map(([code, vi, en]) => ({ code, vi, en, group: 'A', seal: 'plain', clock: 'none' })),
        states: ['moi', 'da_tiep_nhan', 'phan_loai', 'xac_minh', 'dang_xu_ly', 'cho_bo_sung', 'da_chuyen', 'da_xu_ly', 'dong'],
        channels: ['zalo', 'dien_thoai', 'truc_tiep'], outcomes: [], villages: [],
        templates: [{ id: 'flood', event: 'flood', category: 'Met', severity: 'extreme', expires: '12h',
            vi: { headline: 'Nước lên nhanh tại [nơi], cần di dời ngay', text: 'Nước đang lên nhanh tại [nơi], dự kiến đạt [mức] lúc [giờ]. Người già, trẻ em, người bệnh đi trước.' },
            en: { headline: 'Water rising fast at [place], leave now', text: 'The water is rising fast at [place].' } }] }),
    '/api/board': board,
    '/api/alerts': () => ({ now: at(0), rows: [alert(), { ...alert(), id: `${ALERT.slice(0, -1)}1`, severity: 'moderate', state: 'cancelled',
        headline: 'Bão số 5 có thể ảnh hưởng các xã ven phá', issued: at(-5000), expires: at(-3000), to: UNITS.map((unit) => unit.unit),
        reach: { of: 10, sent: 10, stored: 10, shown: 10, acknowledged: 10, refused: 0 } }] }),
    '/api/alerts/*': () => ({ ...alert(), now: at(0), type: 'alert', receipts: receipts(), not_reached: receipts().filter((one) => one.acknowledged === null),
        text: 'Nước đang lên nhanh tại Phước Yên và Niêm Phò, dự kiến đạt báo động 3 lúc 18 giờ. Người già, trẻ em, người bệnh đi trước. Đến trường tiểu học xã theo đường tỉnh lộ 11A.' }),
    '/api/reports': () => ({ now: at(0), order: 'due', total: 80, next: '12.7', rows: [0, 1, 2, 3, 4].map(report) }),
    '/api/reports/*': () => ({ ...report(3), now: at(0), phone: UNITS[9].phone, erased: false, conflict: false, referral: referral('waiting', 'district', 1),
        history: [[1, 'moi'], [2, 'da_tiep_nhan'], [3, 'phan_loai'], [4, 'da_chuyen']].map(([version, state]) => ({ version, state, at: at(-90 + 15 * version) })),
        clocks: [{ what: 'acknowledge', at: at(-60), done: at(-62), state: 'met' }, { what: 'resolve', at: at(3000), done: null, state: 'running' }] }),
    '/api/files/*': () => ({ rows: [
        { key: '1', name: 'ghe hút cát.jpg', size: 412000, type: 'image/jpeg', where: 'commune', pieces: 27, have: 0 },
        { key: '2', name: 'bến sông.jpg', size: 640000, type: 'image/jpeg', where: 'coming', pieces: 40, have: 12 },
    ] }),
    '/api/referrals': () => ({ now: at(0), rows: [referral('waiting', 'district', 1), referral('accepted', 'district', 2), referral('refused', 'district', 3), referral('done', 'quang-tho', 4)] }),
    '/api/nodes': () => ({ now: at(0), rows: UNITS.map(node) }),
    '/api/alarms': () => ({ now: at(0), rows: [{ ...NEEDED[0], unit: 'quang-phu' }, { ...NEEDED[1], unit: null }] }),
    '/api/quarantine': () => ({ now: at(0), rows: [{ id: 4, unit: 'quang-loi', position: 118, record: report(0).id, version: 3, kind: 9,
        reason: 'kind 9 is not known to this program', where: 'here' }] }),
    '/api/stats': (query) => ({ now: at(0), holds: holds(), total: 224, as_of: at(-191), units: [], rows: query.get('by') === 'unit'
        ? UNITS.map((unit, i) => ({ unit: unit.unit, count: i === 2 ? null : OPEN[i] * 3 })) : query.get('by') === 'day'
            ? Array.from({ length: 14 }, (_, i) => ({ day: day(13 - i), count: 9 + ((i * 7) % 11) }))
            : UNITS.flatMap((unit, i) => KINDS.slice(0, 4).map(([category], k) => ({ unit: unit.unit, category, state: 'moi', count: (i * 5 + k * 3) % 14 || null }))) }),
    '/api/closings': (query) => query.get('period') ? { now: at(0), from: '2026-10-01', to: '2026-10-31', expected: 10, closed: 8, fulfilled: 7, timely: 7,
        completeness: 80, timeliness: 70, units: UNITS.map((unit, i) => ({ unit: unit.unit, closed: i > 7 ? null : at(-20000 + i), by: i > 7 ? null : 'Lê Văn C',
            total: i > 7 ? null : 20 + i, arrived: 20 + i, fulfilled: i < 7, corrections: i < 7 ? 0 : null, words: '' })) }
        : { now: at(0), rows: [{ period: '2026-10-01..2026-10-31', from: '2026-10-01', to: '2026-10-31', closed: 8 }] },
    '/api/users': () => ({ now: at(0), rows: [{ name: 'minh.tran', role: 'duty', disabled: false, totp: true, recovery_codes: 9 },
        { name: 'hoa.le', role: 'operator', disabled: false, totp: true, recovery_codes: 10 }, { name: 'an.vo', role: 'analyst', disabled: true, totp: false, recovery_codes: 0 }] }),
    '/api/disclosures': () => ({ now: at(0), rows: [['custodian', 'open', 'minh.le', 2], ['custodian', 'asked', null, 0], ['duty', 'over', null, 1]]
        .map(([rule, state, decided_by, openings], i) => ({ id: `019ab851-5da1-7000-8000-00000000000${i}`, unit: UNITS[i].unit, report: '019ab84f-5c88-739e-bcfd-1cd1c6726563',
            rule, state, asked_by: 'lan.tran', asked: at(-60 * i - 30), decided_by, decided: decided_by && at(-20), until: state === 'open' ? at(40) : null,
            openings, opened: openings > 0 ? at(-5) : null })) }),
    '/api/audit': () => ({ now: at(0), next: null, rows: [['alert.issue', 'minh.tran'], ['referral.answer', 'minh.tran'], ['node.invite', 'hoa.le'], ['key.sign', null]]
        .map(([command, actor], i) => ({ id: 40 - i, at: at(-30 * i), command, actor, role: actor && 'duty', from: actor && '10.0.0.4' })) }),
    'command alert.issue': () => ({ ok: true, out: { id: ALERT } }),
    'command alert.cancel': () => ({ ok: true, out: { id: ALERT } }),
    'command referral.answer': () => ({ ok: true, out: {} }),
    'command alarm.clear': () => ({ ok: true, out: {} }),
    'command node.invite': () => ({ ok: true, out: { token: 'lienxa-1-AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYUCULBOGAZDINRYHI6D4QCCIRDEQSSMJZIFEVCWLBNFYXTAMJSGM2DKNRXHA4TUOZ4HU7D6' } }),
};
