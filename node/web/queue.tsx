// The desk: what must be done first stands first.
import { useEffect, useRef, useState } from 'preact/hooks';
import { get, may, useLive } from 'lienxa/api';
import { ms, number, when } from 'lienxa/format';
import {
    Await, Badge, Box, Button, Checkbox, Clock, Empty, Page, Search, Segments, Select, State, Table, Urgent, now, sayError,
    useKeys, type Column,
} from 'lienxa/look';
import { go, query, setQuery, type Page as At } from 'lienxa/router';
import type { SharedKey } from 'lienxa/i18n';
import { t } from './i18n';
import type { Due, List, Row } from './types';
import { categoryName, categoryOptions, status, useCatalogue } from './words';

const VIEWS = ['open', 'overdue', 'closed', 'all'] as const;
const FILTERS = ['state', 'category', 'village', 'urgent', 'q'] as const;
const PAUSE_MS = 200; // while somebody types
const ROWS = 50;

export const dueOf = (due: Due | null | undefined) => due ? { ...due, at: due.at ?? '' } : null;

function columns(): Column<Row>[] {
    return [
        { key: 'report', title: t('col.report'), head: true, wide: true, cell: (r) => (
            <>
                {categoryName(r.category)} {r.urgent && <Urgent />}
                {r.referred && (
                    <span class="sub quiet">{t(r.referred.direction === 'out' ? 'row.out' : 'row.in', { name: r.referred.name })}</span>
                )}
            </>
        ) },
        { key: 'text', title: t('col.text'), wide: true, cell: (r) => r.erased
            ? <Badge icon="bin">{t('row.erased')}</Badge> : <span class="clip soft">{r.text ?? '–'}</span> },
        { key: 'village', title: t('col.village'), narrow: true, cell: (r) => r.village ?? '–' },
        { key: 'state', title: t('col.state'), cell: (r) => <State state={r.state} /> },
        { key: 'received', title: t('col.received'), narrow: true, cell: (r) => <span class="num">{when(r.received, now())}</span> },
        { key: 'due', title: t('col.due'), cell: (r) => <Clock due={dueOf(r.due)} /> },
    ];
}

// The search as it is typed: the address follows a moment later, and changes the
// box only when it was changed by something else, for meanwhile more was typed.
function SearchBox() {
    const q = query.value.get('q') ?? '';
    const [typed, setTyped] = useState(q);
    const written = useRef(q);

    useEffect(() => {
        if (q !== written.current)
            setTyped(q);
        written.current = q;
    }, [q]);
    useEffect(() => {
        const timer = setTimeout(() => {
            written.current = typed.trim();
            if (written.current !== (query.peek().get('q') ?? ''))
                setQuery({ q: written.current });
        }, PAUSE_MS);

        return () => clearTimeout(timer);
    }, [typed]);
    return <Search label={t('desk.search')} value={typed} onInput={setTyped} />;
}

function Filters() {
    const list = useCatalogue();
    const at = query.value;
    const any = FILTERS.some((name) => at.get(name));

    return (
        <div class="filters no-print" role="search">
            <div class="field wide"><SearchBox /></div>
            <div class="field">
                <Select aria-label={t('desk.state')} value={at.get('state') ?? ''} empty={t('desk.state')}
                    onChange={(state) => setQuery({ state })}
                    options={(list?.states ?? []).map((one) => ({ value: one, label: t(`reportState.${one}` as SharedKey) }))} />
            </div>
            <div class="field">
                <Select aria-label={t('desk.category')} value={at.get('category') ?? ''} empty={t('desk.category')}
                    onChange={(category) => setQuery({ category })} options={categoryOptions(list, false)} />
            </div>
            <div class="field">
                <Select aria-label={t('desk.village')} value={at.get('village') ?? ''} empty={t('desk.village')}
                    onChange={(village) => setQuery({ village })}
                    options={(list?.villages ?? []).map((one) => ({ value: one, label: one }))} />
            </div>
            <Checkbox id="only-urgent" label={t('desk.urgent')} checked={at.get('urgent') === '1'}
                onChange={(urgent) => setQuery({ urgent })} />
            {any && (
                <Button small kind="plain" icon="close"
                    onClick={() => setQuery(Object.fromEntries(FILTERS.map((name) => [name, null])))}>{t('desk.clear')}</Button>
            )}
        </div>
    );
}

function Nothing({ view, filtered }: { view: string; filtered: boolean }) {
    if (filtered)
        return <Empty title={t('desk.none.found')} icon="search"><p>{t('desk.none.found.text')}</p></Empty>;
    if (view === 'overdue')
        return <Empty title={t('desk.none.overdue')} icon="done" />;
    return <Empty title={t('desk.none')} icon="done"><p>{t('desk.none.text')}</p></Empty>;
}

// Pages behind the first are fetched once; a change begins anew.
function useMore(path: string, first: List | undefined) {
    const [more, setMore] = useState<{ of: List; rows: Row[]; next: string | null } | null>(null);
    const mine = more !== null && more.of === first ? more : null;
    const next = mine ? mine.next : first?.next ?? null;
    const load = async (): Promise<void> => {
        if (first === undefined || next === null)
            return;
        try {
            const page = await get<List>(`${path}&after=${encodeURIComponent(next)}`);

            setMore({ of: first, rows: [...(mine?.rows ?? []), ...page.rows], next: page.next });
        } catch (error) {
            sayError(error);
        }
    };

    return { rows: [...(first?.rows ?? []), ...(mine?.rows ?? [])], next, load };
}

function pathOf(view: string): string {
    const asked = new URLSearchParams({ view: view === 'overdue' ? 'open' : view, limit: String(ROWS) });

    for (const name of FILTERS)
        if (query.value.get(name))
            asked.set(name, query.value.get(name)!);
    return `/api/reports?${asked}`;
}

export function Queue(_: At) {
    const asked = query.value.get('view') ?? 'open';
    const view = VIEWS.find((one) => one === asked) ?? 'open';
    const path = pathOf(view);
    const list = useLive<List>(path, ['reports', 'referrals']);
    const { rows, next, load } = useMore(path, list.data);
    // Overdue ones breach first, so they stand at the head of the open ones.
    const shown = view === 'overdue' ? rows.filter((row) => row.due?.overdue) : rows;
    const filtered = FILTERS.some((name) => query.value.get(name));
    // of them there may be more, as long as the last that is here was due already
    const last = rows[rows.length - 1]?.due?.at;
    const more = next !== null && (view !== 'overdue' || (last != null && ms(last) <= now()));
    const counts = status.value?.counts;
    const label = (name: typeof VIEWS[number]): string => {
        const n = name === 'open' ? counts?.open : name === 'overdue' ? counts?.overdue : undefined;

        return n ? `${t(`desk.${name}`)} (${number(n)})` : t(`desk.${name}`);
    };
    const q = query.value.get('q');

    useKeys({ n: { label: t('desk.new'), run: () => go('/reports/new') } });
    return (
        <Page title={t('desk.title')}
            lead={q && list.data ? t(list.data.total_is_least ? 'desk.lead.least' : 'desk.lead.found', { n: number(list.data.total) }) : t('desk.lead')}
            actions={may('report.add') &&
                <Button kind="primary" icon="plus" keyhint="n" href="/reports/new">{t('desk.new')}</Button>}>
            <div class="stack">
                <div>
                    <Segments label={t('desk.view')} value={view} onChange={(to) => setQuery({ view: to === 'open' ? null : to })}
                        options={VIEWS.map((one) => ({ value: one, label: label(one) }))} />
                </div>
                <Filters />
                {list.data?.filling && <Box tone="warn"><p>{t('desk.filling')}</p></Box>}
                <Await live={list}>{(data) => (
                    <div class="card flush queue">
                        <Table caption={t('desk.title')} rows={shown} rowKey={(r) => r.id} columns={columns()}
                            href={(r) => `/reports/${r.id}`} urgent={(r) => r.ring}
                            total={view !== 'overdue' ? data.total : filtered ? shown.length : counts?.overdue ?? shown.length}
                            {...(more ? { onMore: load } : {})}
                            empty={<Nothing view={view} filtered={filtered} />} />
                    </div>
                )}</Await>
            </div>
        </Page>
    );
}
