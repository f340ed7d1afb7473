// Figures by what the reader chooses, for a stretch of days; the address keeps it.
import { useMemo } from 'preact/hooks';
import { serverNow, useLive } from 'lienxa/api';
import { date, isoDay, number } from 'lienxa/format';
import { Await, Bars, Chart, CopyButton, DateInput, Empty, Field, Figure, Figures, Page, PrintButton, Segments, Table, type Column } from 'lienxa/look';
import { query, setQuery } from 'lienxa/router';
import { t } from './i18n';
import { HoldsNote, shortDay } from './parts';
import { useNames, word, type Holds } from './data';

interface Row {
    unit?: string;
    village?: string;
    category?: string;
    state?: string;
    day?: string;
    count: number | null; // null: fewer than five, or what would give such a one away
}
interface Stats {
    holds: Holds;
    total: number;
    rows: Row[];
}
const AXES = ['unit', 'category', 'state', 'day', 'village'] as const;
type Axis = typeof AXES[number];
const DAY_MS = 86400000;

function useLabels() {
    const names = useNames();

    return (row: Row, axis: Axis): string => {
        const value = row[axis] ?? '';

        switch (axis) {
        case 'unit': return names.unit(value);
        case 'category': return names.category(value);
        case 'state': return word('reportState', value);
        case 'day': return date(value);
        case 'village': return `${value || t('village.unknown')}, ${names.unit(row.unit ?? '')}`;
        }
    };
}

// By which a row is found: two communes may have one name.
const keyOf = (row: Row, axis: Axis): string => axis === 'village' ? `${row.unit}\n${row.village ?? ''}` : row[axis] ?? '';

function One({ rows, axis }: { rows: Row[]; axis: Axis }) {
    const label = useLabels();
    const days = useMemo(() => rows.map((row) => shortDay(row.day ?? '')), [rows]);
    const series = useMemo(() => [{ label: t('fig.reports'), values: rows.map((row) => row.count) }], [rows]);

    if (rows.length === 0)
        return <Empty title={t('chart.none')} icon="chart" />;
    if (axis === 'day')
        return <Chart title={t('chart.day')} axis={t('axis.day')} labels={days} series={series} />;
    return (
        <>
            <Bars title={t(`axis.${axis}`)} axis={t(`axis.${axis}`)} unit={t('fig.reports')}
                rows={rows.filter((row) => row.count !== null).sort((a, b) => (b.count ?? 0) - (a.count ?? 0))
                    .map((row, i) => ({ key: `${i} ${label(row, axis)}`, label: label(row, axis), value: row.count ?? 0 }))} />
            {rows.some((row) => row.count === null) && <p class="soft">{t('stats.hidden', { n: rows.filter((row) => row.count === null).length })}</p>}
        </>
    );
}

// Two axes: the first down, the second across.
function Two({ rows, down, across }: { rows: Row[]; down: Axis; across: Axis }) {
    const label = useLabels();
    const along = (axis: Axis): { key: string; name: string }[] => [...new Map(rows.map((row) => [keyOf(row, axis), row]))]
        .map(([key, row]) => ({ key, name: label(row, axis) }));
    const lines = along(down).map((line) => ({
        ...line, of: new Map(rows.filter((row) => keyOf(row, down) === line.key).map((row) => [keyOf(row, across), row.count])) }));
    const show = (value: number | null | undefined): string => value === undefined ? '0' : value === null ? t('stats.blank') : number(value);
    const columns: Column<typeof lines[number]>[] = [
        { key: 'name', title: t(`axis.${down}`), head: true, sort: (row) => row.name, cell: (row) => row.name },
        ...along(across).map((head): Column<typeof lines[number]> => ({
            key: head.key, title: head.name, right: true, sort: (row) => row.of.get(head.key) ?? 0, cell: (row) => show(row.of.get(head.key)),
        })),
    ];

    return <Table plain caption={t('stats.table')} columns={columns} rows={lines} rowKey={(row) => row.key} />;
}

export default function StatsPage() {
    const by = (query.value.get('by') ?? 'unit').split(',').filter((one): one is Axis => (AXES as readonly string[]).includes(one)).slice(0, 2);
    const from = query.value.get('from') ?? isoDay(serverNow() - 29 * DAY_MS);
    const to = query.value.get('to') ?? isoDay(serverNow());
    const live = useLive<Stats>(`/api/stats?by=${by.join(',')}&from=${from}&to=${to}`, ['reports']);
    const [down = 'unit', across] = by;

    return (
        <Page title={t('stats.title')} lead={t('stats.lead')}
            actions={<><PrintButton /><CopyButton text={location.href} label={t('filter.link')} /></>}>
            <div class="filters">
                <Field id="from" label={t('filter.from')}>{(tie) => <DateInput {...tie} value={from} onChange={(value) => setQuery({ from: value })} />}</Field>
                <Field id="to" label={t('filter.to')}>{(tie) => <DateInput {...tie} value={to} onChange={(value) => setQuery({ to: value })} />}</Field>
                <Segments label={t('stats.by')} value={down as string} onChange={(value) => setQuery({ by: value })}
                    options={AXES.map((value) => ({ value: value as string, label: t(`axis.${value}`) }))} />
                <Segments label={t('stats.across')} value={across ?? ''} onChange={(value) => setQuery({ by: value ? `${down},${value}` : down })}
                    options={[{ value: '', label: t('stats.alone') },
                        ...AXES.filter((one) => one !== down && one !== 'day' && one !== 'village').map((value) => ({ value: value as string, label: `× ${t(`axis.${value}`)}` }))]} />
            </div>
            <Await live={live}>{(stats) => (
                <div class="stack">
                    <div class="card"><Figures><Figure label={t('stats.total', { from: date(from), to: date(to) })} value={stats.total}
                        change={<HoldsNote holds={stats.holds} />} /></Figures></div>
                    <div class="card">{across === undefined ? <One rows={stats.rows} axis={down} /> : <Two rows={stats.rows} down={down} across={across} />}</div>
                </div>
            )}</Await>
        </Page>
    );
}
