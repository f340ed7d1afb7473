// Tables, figures, charts, tiles. The rows are examples, made here.
import { useMemo, useState } from 'preact/hooks';
import { serverNow } from '../api';
import { when } from '../format';
import {
    Bars, Chart, Clock, Figure, Figures, State, Table, TileGrid, Urgent, type Column, type Tile,
} from '../look';

interface Row {
    id: string;
    category: string;
    text: string;
    village: string;
    state: string;
    minutes: number;
    urgent: boolean;
}

const ROWS: Row[] = [
    { id: '0128', category: 'Khai thác cát trái phép', village: 'Phước Yên', state: 'moi', minutes: -9, urgent: true,
        text: 'Hai ghe máy hút cát sát bờ kè, tiếng máy rất to, đã kéo dài hơn một giờ.' },
    { id: '0127', category: 'Trộm cắp tài sản', village: 'Niêm Phò', state: 'da_tiep_nhan', minutes: 12, urgent: false,
        text: 'Mất một xe đạp điện màu đỏ để trước hiên nhà lúc trưa.' },
    { id: '0125', category: 'Đánh bắt xung điện', village: 'La Vân Hạ', state: 'xac_minh', minutes: 200, urgent: false,
        text: 'Thấy ghe nhỏ mang bình ắc quy đi dọc bờ phá.' },
    { id: '0121', category: 'Gây ồn, karaoke quá giờ', village: 'Phù Lai', state: 'cho_bo_sung', minutes: 900, urgent: false,
        text: 'Hát karaoke bằng loa kẹo kéo đến gần nửa đêm nhiều hôm liền.' },
    { id: '0119', category: 'Hỏi thủ tục hành chính', village: '', state: 'da_xu_ly', minutes: 2000, urgent: false,
        text: 'Hỏi giấy tờ cần có để đăng ký tạm trú cho con đi học.' },
];

function Queue() {
    const from = useMemo(serverNow, []);
    const due = (row: Row) => ({
        at: new Date(from + row.minutes * 60000 + 5000).toISOString(),
        paused: row.state === 'cho_bo_sung',
    });
    const columns: Column<Row>[] = [
        { key: 'category', title: 'Tin', head: true, wide: true, sort: (row) => row.category,
            cell: (row) => <>{row.category} {row.urgent && <Urgent />}</> },
        { key: 'text', title: 'Nội dung', wide: true, cell: (row) => <span class="clip soft">{row.text}</span> },
        { key: 'village', title: 'Thôn', narrow: true, sort: (row) => row.village || null, cell: (row) => row.village || '–' },
        { key: 'state', title: 'Trạng thái', sort: (row) => row.state, cell: (row) => <State state={row.state} /> },
        { key: 'due', title: 'Hạn', sort: (row) => row.minutes, cell: (row) => <Clock due={due(row)} /> },
    ];

    return (
        <div class="card flush">
            <Table caption="Tin đang mở" columns={columns} rows={ROWS} rowKey={(row) => row.id}
                href={() => '/style'} urgent={(row) => row.urgent} total={128}
                sortedBy={{ key: 'due', down: false }} onMore={() => undefined} />
        </div>
    );
}

const NAMES = ['Quảng Thái', 'Quảng Ngạn', 'Quảng Lợi', 'Quảng Công', 'Quảng Phước', 'Quảng Vinh',
    'Quảng An', 'Quảng Thành', 'Quảng Thọ', 'Quảng Phú'];
const OPEN = [4, 11, 0, 7, 2, 16, 5, null, 23, 9];

function Tiles() {
    const [chosen, setChosen] = useState('Quảng Thọ');
    const from = useMemo(serverNow, []);
    const tiles = NAMES.map((name, i): Tile => ({
        key: name, name, value: OPEN[i] ?? null, sub: i === 5 ? '2 quá hạn' : undefined, old: i === 3,
        age: OPEN[i] === null ? null : when(from - (i === 3 ? 191 : i) * 60000, from),
    }));

    return <TileGrid label="Các xã" tiles={tiles} chosen={chosen} onChoose={setChosen} />;
}

const DAYS = Array.from({ length: 14 }, (_, i) => `${String(i + 8).padStart(2, '0')}/11`);
const THIS = [12, 9, 14, 8, 17, 21, 11, 13, 10, 26, 31, 19, 15, 12];
const BEFORE = [10, 11, 9, 12, 10, 14, 13, 9, 12, 11, null, null, 13, 12];
const KINDS = ['Cát trái phép', 'Trộm cắp', 'Lừa đảo mạng', 'Gây ồn', 'Ma túy', 'Khác'];
const BY_DAY = [{ label: 'Kỳ này', values: THIS }, { label: 'Kỳ trước', values: BEFORE }];
const BY_KIND = [{ label: 'Số tin', values: [41, 33, 29, 18, 7, 52] }];

export function Data() {
    return (
        <section class="stack" aria-labelledby="style-data">
            <h2 id="style-data">Data</h2>
            <div class="card">
                <Figures>
                    <Figure label="Đang mở" value={77} change="10 trên 10 xã, cũ nhất 14:05" />
                    <Figure label="Khẩn chưa tiếp nhận" value={1} tone="danger" change="Quảng Thọ, 9 phút" />
                    <Figure label="Quá hạn" value={3} tone="warn" change="−2 so với hôm qua" />
                    <Figure label="Hôm nay" value={1284} change="+12,5% so với tuần trước" />
                </Figures>
            </div>
            <Queue />
            <Tiles />
            <div class="card"><h3>Tin theo ngày</h3>
                <Chart title="Tin theo ngày" axis="Ngày" labels={DAYS} series={BY_DAY} /></div>
            <div class="card"><h3>Tin theo loại</h3>
                <Chart title="Tin theo loại" axis="Loại" labels={KINDS} kind="bar" series={BY_KIND} /></div>
            <div class="card flush">
                <Bars title="Tin theo thôn" axis="Thôn" unit="Số tin" moreTitle="So với kỳ trước" rows={[
                    { key: 'a', label: 'Phước Yên', value: 41, more: '+12' },
                    { key: 'b', label: 'La Vân Hạ', value: 23, more: '−3' },
                    { key: 'c', label: 'Niêm Phò', value: 9, more: '0' },
                    { key: 'd', label: 'Phù Lai', value: 0, more: '–' },
                ]} />
            </div>
        </section>
    );
}
