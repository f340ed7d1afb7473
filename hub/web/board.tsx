// The board: what is urgent, how things stand, commune by commune, and over time.
import { useMemo } from 'preact/hooks';
import { session, useLive } from 'lienxa/api';
import { change, date, duration, ms, number, when } from 'lienxa/format';
import {
    Ago, Await, Badge, Bars, Button, Chart, Combobox, CopyButton, DateInput, Empty, Field, Figure, Figures, Icon,
    Page, Ring, Segments, Select, Table, TileGrid, now, useKeys, type Column, type Tile,
} from 'lienxa/look';
import { path, query, setQuery } from 'lienxa/router';
import { t } from './i18n';
import { HoldsNote, Phone, shortDay } from './parts';
import {
    OLD_MS, holdsText, role, useNames, type Board as BoardData, type BoardUnit, type Count, type Waiting,
} from './data';
import { useUrgentOffers } from './referrals';
import { RingAfter } from './ring-after';
import { Room } from './room';

const FILTERS = ['from', 'to', 'category', 'unit'] as const;
const TOPICS = ['reports', 'nodes', 'link'];
const SHOWN = ['open', 'urgent', 'overdue', 'today', 'backlog'] as const;
type Shown = typeof SHOWN[number];

// The filters as the server takes them; they live in the address.
function filters(): string {
    const wanted = new URLSearchParams();

    for (const name of FILTERS) {
        const value = query.value.get(name);

        if (value)
            wanted.set(name, value);
    }
    return wanted.size > 0 ? `?${wanted}` : '';
}

// Against an earlier figure, where both are told.
export const than = (at: Count, before: Count): string => at === null || before === null ? '–' : change(at, before);

export const isRinging = (row: Waiting): boolean => row.ring || ms(row.rings) <= now();

// ---- what nobody has acknowledged

function Caller({ row }: { row: Waiting }) {
    const names = useNames();
    const ringing = isRinging(row);

    return (
        <li class={ringing ? 'caller ringing' : 'caller'}>
            <div class="caller-what">
                <a href={`/reports/${row.id}`}>{names.category(row.category)}</a>
                <span class="soft">{row.name}{row.village && ` · ${row.village}`}</span>
            </div>
            <div class="caller-since">
                <strong class="num">{t('urgent.for', { span: duration(now() - ms(row.received)) })}</strong>
                <span class="soft">
                    {ringing ? t('urgent.late') : t('urgent.rings', { span: duration(ms(row.rings) - now()) })}
                </span>
            </div>
            <Phone number={row.phone} large />
        </li>
    );
}

function UrgentCard({ board }: { board: BoardData }) {
    const waiting = board.totals.waiting ?? 0;
    const offers = useUrgentOffers();

    if (board.urgent.length === 0)
        return waiting > 0 || offers.length > 0 ? null : (
            <p class="calm"><Icon name="done" />{t('urgent.none')}</p>
        );
    return (
        <section class="card urgent-card" aria-labelledby="urgent">
            <div class="row spread">
                <h2 id="urgent">{t('urgent.title', { n: waiting })}</h2>
                <Ring />
            </div>
            <p class="soft">{t('urgent.lead')}</p>
            <ul class="callers">
                {board.urgent.map((row) => <Caller key={row.id} row={row} />)}
            </ul>
        </section>
    );
}

// ---- totals

function Totals({ board }: { board: BoardData }) {
    const { totals, holds } = board;
    const held = holdsText(holds);
    const alarming = (count: Count) => count !== null && count > 0 ? { tone: 'danger' as const } : {};
    const note = (more?: string) => <>{more && <span class="than">{more}</span>}<span class="held">{held}</span></>;

    return (
        <section class="card" aria-labelledby="totals">
            <h2 id="totals" class="hidden">{t('board.totals')}</h2>
            <Figures>
                <Figure label={t('fig.waiting')} value={totals.waiting} change={note()}
                    {...alarming(totals.waiting)} />
                <Figure label={t('fig.overdue')} value={totals.overdue} change={note()}
                    {...alarming(totals.overdue)} />
                <Figure label={t('fig.open')} value={totals.open}
                    change={note(t('fig.openUrgent', { n: number(totals.urgent) }))} />
                <Figure label={t('fig.today')} value={totals.today}
                    change={note(t('fig.than', { by: than(totals.today, totals.today_last_week),
                        n: number(totals.today_last_week) }))} />
                <Figure label={t('fig.week')} value={totals.week}
                    change={note(t('fig.thanWeek', { by: than(totals.week, totals.week_before),
                        n: number(totals.week_before) }))} />
            </Figures>
        </section>
    );
}

// ---- the communes

export function tileOf(unit: BoardUnit, shown: Shown): Tile {
    const at = ms(unit.as_of);
    const old = !unit.online || now() - at > OLD_MS;
    const parts = [
        !unit.online && (unit.last_seen ?? unit.as_of) !== null && t('tile.offline', { when: when(unit.last_seen ?? unit.as_of, now()) }),
        shown !== 'overdue' && unit.overdue !== null && unit.overdue > 0 && t('tile.overdue', { n: unit.overdue }),
        shown !== 'urgent' && unit.urgent !== null && unit.urgent > 0 && t('tile.urgent', { n: unit.urgent }),
    ].filter(Boolean);

    return {
        key: unit.unit, name: unit.name,
        value: unit.as_of === null && shown !== 'backlog' ? null : unit[shown],
        sub: parts.join(' · ') || undefined,
        age: unit.as_of === null ? null : when(unit.as_of, now()),
        old: old && !unit.online,
    };
}

export function figureShown(): Shown {
    const wanted = query.value.get('show') as Shown | null;

    return wanted !== null && SHOWN.includes(wanted) ? wanted : 'open';
}

function Communes({ board }: { board: BoardData }) {
    const shown = figureShown();
    const unit = query.value.get('unit') ?? '';
    const columns: Column<BoardUnit>[] = [
        { key: 'name', title: t('unit.name'), head: true, sort: (row) => row.name, cell: (row) => row.name },
        { key: 'link', title: t('unit.link'), cell: (row) => <LinkMark unit={row} /> },
        ...SHOWN.map((name): Column<BoardUnit> => ({
            key: name, title: t(`fig.${name}`), right: true, sort: (row) => row[name],
            cell: (row) => number(row.as_of === null && name !== 'backlog' ? null : row[name]),
        })),
        { key: 'as_of', title: t('unit.asOf'), narrow: true, sort: (row) => row.as_of,
            cell: (row) => when(row.as_of, now()) },
        { key: 'phone', title: t('unit.phone'), narrow: true, cell: (row) => <Phone number={row.phone} /> },
    ];

    return (
        <section class="card stack" aria-labelledby="communes">
            <div class="row spread">
                <h2 id="communes">{t('board.communes')}</h2>
                <Segments label={t('board.colour')} value={shown}
                    onChange={(to) => setQuery({ show: to === 'open' ? null : to })}
                    options={SHOWN.map((value) => ({ value, label: t(`fig.${value}`) }))} />
            </div>
            <TileGrid label={t('board.communes')} tiles={board.units.map((one) => tileOf(one, shown))}
                chosen={unit} onChoose={(key) => setQuery({ unit: key === unit ? null : key })} />
            <HoldsNote holds={board.holds} />
            <details class="details">
                <summary>{t('board.asTable')}</summary>
                <Table caption={t('board.communes')} columns={columns} rows={board.units}
                    rowKey={(row) => row.unit} />
            </details>
        </section>
    );
}

function LinkMark({ unit }: { unit: BoardUnit }) {
    return unit.online ? <Badge tone="good" icon="linked">{t('unit.online')}</Badge>
        : <Badge tone="warn" icon="unlinked">{(unit.last_seen ?? unit.as_of) === null ? t('node.never')
            : t('tile.offline', { when: when(unit.last_seen ?? unit.as_of, now()) })}</Badge>;
}

// ---- over time

function Filters({ board }: { board: BoardData }) {
    const names = useNames();
    const value = (name: string): string => query.value.get(name) ?? '';
    const set = FILTERS.some((name) => value(name) !== '');

    return (
        <div class="filters">
            <Field id="from" label={t('filter.from')}>
                {(tie) => <DateInput {...tie} value={value('from') || board.from} onChange={(from) => setQuery({ from })} />}
            </Field>
            <Field id="to" label={t('filter.to')}>
                {(tie) => <DateInput {...tie} value={value('to') || board.to} onChange={(to) => setQuery({ to })} />}
            </Field>
            <Field id="category" label={t('filter.category')}>
                {(tie) => <Combobox {...tie} value={value('category')} onChange={(category) => setQuery({ category })}
                    placeholder={t('filter.anyCategory')}
                    options={(names.catalogue?.categories ?? []).map((one) =>
                        ({ value: one.code, label: names.category(one.code) }))} />}
            </Field>
            <Field id="unit" label={t('filter.unit')}>
                {(tie) => <Select {...tie} value={value('unit')} onChange={(unit) => setQuery({ unit })}
                    empty={t('filter.anyUnit')}
                    options={(names.catalogue?.units ?? []).map((one) => ({ value: one.unit, label: one.name }))} />}
            </Field>
            {set && <Button kind="plain" icon="close"
                onClick={() => setQuery({ from: null, to: null, category: null, unit: null })}>{t('filter.drop')}</Button>}
            <CopyButton text={location.href} label={t('filter.link')} />
        </div>
    );
}

// "0–4 giờ"
function bandText(band: BoardData['by_hour'][number]): string {
    return band.from === null ? t('hour.unknown') : t('hour.band', { from: band.from, to: band.to ?? 24 });
}

function Over({ board }: { board: BoardData }) {
    const names = useNames();
    const days = useMemo(() => board.by_day.map((one) => shortDay(one.day)), [board.by_day]);
    const perDay = useMemo(() => [{ label: t('fig.reports'), values: board.by_day.map((one) => one.count) }],
        [board.by_day]);
    const bands = useMemo(() => board.by_hour.map(bandText), [board.by_hour]);
    const perBand = useMemo(() => [{ label: t('fig.reports'), values: board.by_hour.map((one) => one.count) }],
        [board.by_hour]);
    const whole = board.totals.range ?? 0;
    const kinds = board.by_category.flatMap((one) => one.count === null ? [] : [{ ...one, count: one.count }])
        .sort((a, b) => b.count - a.count);
    const hidden = [...board.units.map((one) => one.open), ...[board.by_day, board.by_category, board.by_hour].flat().map((one) => one.count)]
        .includes(null);
    const head = (title: string) => (
        <div class="row spread"><h3>{title}</h3><HoldsNote holds={board.holds} /></div>
    );

    return (
        <>
            {hidden && <p class="soft">{t('board.hidden')}</p>}
            <section class="card">
                {head(t('chart.day'))}
                <p class="soft">{t('chart.range', { n: number(board.totals.range), from: date(board.from), to: date(board.to) })}</p>
                <Chart title={t('chart.day')} axis={t('axis.day')} labels={days} series={perDay} />
            </section>
            <div class="columns wide-columns">
                <section class="card">
                    {head(t('chart.category'))}
                    {kinds.length === 0 ? <Empty title={t('chart.none')} icon="chart" />
                        : <Bars title={t('chart.category')} axis={t('axis.category')} unit={t('fig.reports')}
                            moreTitle={t('axis.share')}
                            rows={kinds.map((one) => ({ key: one.category, label: names.category(one.category),
                                value: one.count, more: `${Math.round((one.count / whole) * 100)}%` }))} />}
                </section>
                <section class="card">
                    {head(t('chart.village'))}
                    <Villages board={board} />
                </section>
            </div>
            <section class="card">
                {head(t('chart.hour'))}
                <Chart title={t('chart.hour')} axis={t('axis.hour')} labels={bands} series={perBand} kind="bar" />
            </section>
        </>
    );
}

// Few are not told to who sees no single report, nor what would give them away.
function Villages({ board }: { board: BoardData }) {
    const names = useNames();
    const rows = board.by_village.slice(0, 20);
    const few = rows.filter((one) => one.count === null).length;

    if (rows.length === 0)
        return <Empty title={t('chart.none')} icon="pin" />;
    return (
        <>
            <Bars title={t('chart.village')} axis={t('axis.village')} unit={t('fig.reports')}
                moreTitle={t('unit.name')}
                rows={rows.filter((one) => one.count !== null).map((one) => ({
                    key: `${one.unit} ${one.village}`, label: one.village ?? t('village.unknown'),
                    value: one.count ?? 0, more: names.unit(one.unit) }))} />
            {few > 0 && <p class="soft">{t('village.few', { n: few })}</p>}
        </>
    );
}

// ---- the page

export function Board() {
    const board = useLive<BoardData>(`/api/board${filters()}`, TOPICS);
    const room = query.value.get('room') === '1';
    const sees = role('duty');

    useKeys({ f: { label: t('room.open'), run: () => setQuery({ room: !room }) } });
    if (room)
        return <Room live={board} shown={figureShown()} />;
    return (
        <Page title={t('board.title')} lead={session.value?.name}
            actions={
                <Button icon="screen" keyhint="f" onClick={() => setQuery({ room: true })}>{t('room.open')}</Button>
            }>
            <Await live={board}>{(data) => (
                <div class="stack loose">
                    {sees && <div class="stack tight"><UrgentCard board={data} /><RingAfter /></div>}
                    <Totals board={data} />
                    <Communes board={data} />
                    <section class="stack" aria-labelledby="over">
                        <h2 id="over">{t('board.over')}</h2>
                        <Filters board={data} />
                        <Over board={data} />
                    </section>
                </div>
            )}</Await>
        </Page>
    );
}

// On every other page of the duty officer: one line, and the bell.
export function RingBar({ board }: { board: BoardData | undefined }) {
    const ringing = (board?.urgent ?? []).filter(isRinging);
    const first = ringing[0];
    const names = useNames();

    if (first === undefined || path.value === '/')
        return null;
    return (
        <div class="banner above no-print" role="region" aria-label={t('urgent.bar')}>
            <Icon name="bell" />
            <div class="banner-in">
                <h2>{t('urgent.title', { n: ringing.length })}</h2>
                <p>{first.name} · {names.category(first.category)} · <Ago at={first.received} /></p>
            </div>
            <Phone number={first.phone} large />
            <Button href="/">{t('urgent.open')}</Button>
        </div>
    );
}

