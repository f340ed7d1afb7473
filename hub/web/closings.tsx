// What the communes have closed, period by period.
import { useLive } from 'lienxa/api';
import { date, dateTime, number } from 'lienxa/format';
import { Await, Badge, Empty, Figure, Figures, Page, PrintButton, Select, Table, type Column } from 'lienxa/look';
import { query, setQuery } from 'lienxa/router';
import { t } from './i18n';
import { useNames } from './data';

interface Period {
    period: string;
    from: string;
    to: string;
    closed: number;
}
interface ClosedUnit {
    unit: string;
    closed: string | null;
    by: string | null;
    total: number | null;
    arrived: number;
    fulfilled: boolean;
    corrections: number | null;
}
interface Whole {
    expected: number;
    closed: number;
    fulfilled: number;
    timely: number;
    completeness: number | null;
    timeliness: number | null;
    units: ClosedUnit[];
}

function One({ period }: { period: string }) {
    const live = useLive<Whole>(`/api/closings?period=${encodeURIComponent(period)}`, ['reports']);
    const names = useNames();
    const columns: Column<ClosedUnit>[] = [
        { key: 'unit', title: t('unit.name'), head: true, sort: (row) => names.unit(row.unit), cell: (row) => names.unit(row.unit) },
        { key: 'state', title: t('report.state'), cell: (row) => row.closed === null ? <Badge tone="warn" icon="clock">{t('closing.open')}</Badge>
            : row.fulfilled ? <Badge tone="good" icon="done">{t('closing.whole')}</Badge> : <Badge tone="warn" icon="clock">{t('closing.part')}</Badge> },
        { key: 'closed', title: t('closing.at'), narrow: true, sort: (row) => row.closed, cell: (row) => dateTime(row.closed) },
        { key: 'by', title: t('closing.by'), cell: (row) => row.by ?? '–' },
        { key: 'total', title: t('closing.total'), right: true, sort: (row) => row.total, cell: (row) => number(row.total) },
        { key: 'arrived', title: t('closing.arrived'), right: true, sort: (row) => row.arrived, cell: (row) => number(row.arrived) },
        { key: 'corrections', title: t('closing.corrections'), right: true, cell: (row) => number(row.corrections) },
    ];
    const of = (part: number, whole: number): string => `${part}/${whole}`;

    return (
        <Await live={live}>{(data) => (
            <div class="stack">
                <div class="card">
                    <Figures>
                        <Figure label={t('closing.closed')} value={of(data.closed, data.expected)} change={data.completeness === null ? '–' : `${data.completeness}%`} />
                        <Figure label={t('closing.timely')} value={of(data.timely, data.expected)} change={data.timeliness === null ? '–' : `${data.timeliness}%`} />
                        <Figure label={t('closing.fulfilled')} value={of(data.fulfilled, data.expected)} />
                    </Figures>
                </div>
                <div class="card flush"><Table caption={t('closing.title')} columns={columns} rows={data.units} rowKey={(row) => row.unit} /></div>
            </div>
        )}</Await>
    );
}

export default function Closings() {
    const live = useLive<{ rows: Period[] }>('/api/closings', ['reports']);
    const first = live.data?.rows[0]?.period ?? '';
    const chosen = query.value.get('period') ?? first;

    return (
        <Page title={t('closing.title')} lead={t('closing.lead')} actions={<PrintButton />}>
            <Await live={live}>{({ rows }) => rows.length === 0 ? <div class="card"><Empty title={t('closing.none')} icon="book" /></div> : (
                <>
                    <div class="filters"><div class="field wide">
                        <Select id="period" aria-label={t('closing.period')} value={chosen} onChange={(period) => setQuery({ period })} width="medium"
                            options={rows.map((one) => ({ value: one.period, label: t('closing.stretch', { from: date(one.from), to: date(one.to), n: one.closed }) }))} />
                    </div></div>
                    <One period={chosen} />
                </>
            )}</Await>
        </Page>
    );
}
