// Reports of the communes: facts of all, words only of those passed on.
import { useState } from 'preact/hooks';
import { get, useLive } from 'lienxa/api';
import { when } from 'lienxa/format';
import { Await, Badge, Button, Clock, Combobox, Empty, Field, Page, Segments, Select, State, Table, Urgent, now, type Column } from 'lienxa/look';
import { query, setQuery } from 'lienxa/router';
import { t } from './i18n';
import { HoldsNote } from './parts';
import { useNames, useStatus, word, type Report } from './data';

interface List {
    total: number | null;
    next: string | null; // where a longer list goes on
    rows: Report[];
}
const FILTERS = ['view', 'order', 'state', 'category', 'unit', 'urgent'] as const;

function asked(): string {
    const wanted = new URLSearchParams();

    for (const name of FILTERS)
        if (query.value.get(name))
            wanted.set(name, query.value.get(name)!);
    return `/api/reports?${wanted}`;
}

function Filters() {
    const names = useNames();
    const value = (name: string): string => query.value.get(name) ?? '';

    return (
        <div class="filters">
            <Segments label={t('reports.view')} value={value('view') || 'open'}
                onChange={(view) => setQuery({ view: view === 'open' ? null : view, state: null })}
                options={(['open', 'closed', 'all'] as const).map((one) => ({ value: one as string, label: t(`view.${one}`) }))} />
            {(value('view') || 'open') === 'open' &&
                <Segments label={t('reports.order')} value={value('order') || 'due'}
                    onChange={(order) => setQuery({ order: order === 'due' ? null : order })}
                    options={(['due', 'newest'] as const).map((one) => ({ value: one as string, label: t(`order.${one}`) }))} />}
            <Segments label={t('mark.urgent')} value={value('urgent')} onChange={(urgent) => setQuery({ urgent })}
                options={[{ value: '', label: t('view.any') }, { value: '1', label: t('mark.urgent'), icon: 'danger' }]} />
            <Field id="state" label={t('report.state')}>
                {(tie) => <Select {...tie} value={value('state')} onChange={(state) => setQuery({ state })} empty={t('filter.anyState')}
                    options={(names.catalogue?.states ?? []).map((one) => ({ value: one, label: word('reportState', one) }))} />}
            </Field>
            <Field id="category" label={t('filter.category')}>
                {(tie) => <Combobox {...tie} value={value('category')} onChange={(category) => setQuery({ category })}
                    placeholder={t('filter.anyCategory')}
                    options={(names.catalogue?.categories ?? []).map((one) => ({ value: one.code, label: names.category(one.code) }))} />}
            </Field>
            <Field id="unit" label={t('filter.unit')}>
                {(tie) => <Select {...tie} value={value('unit')} onChange={(unit) => setQuery({ unit })} empty={t('filter.anyUnit')}
                    options={(names.catalogue?.units ?? []).map((one) => ({ value: one.unit, label: one.name }))} />}
            </Field>
        </div>
    );
}

export function Reports() {
    const path = asked();
    const live = useLive<List>(path, ['reports', 'referrals']);
    const names = useNames();
    const status = useStatus().data;
    const [more, setMore] = useState<{ path: string; rows: Report[]; next: string | null }>({ path, rows: [], next: null });
    const added = more.path === path ? more : { path, rows: [], next: null };
    const columns: Column<Report>[] = [
        { key: 'what', title: t('reports.what'), head: true, wide: true, cell: (row) => (
            <>{names.category(row.category)} {row.urgent && <Urgent />} {row.referred && <Badge tone="violet" icon="send">{t('reports.referred')}</Badge>}
                {row.text !== null && <span class="sub clip">{row.text}</span>}</>
        ) },
        { key: 'unit', title: t('unit.name'), cell: (row) => <>{names.unit(row.unit)}{row.village && <span class="sub">{row.village}</span>}</> },
        { key: 'state', title: t('report.state'), cell: (row) => <State state={row.state} /> },
        { key: 'received', title: t('report.received'), narrow: true, cell: (row) => when(row.received, now()) },
        { key: 'due', title: t('report.due'), cell: (row) => <Clock due={row.due} /> },
    ];
    const goOn = async (next: string): Promise<void> => {
        const list = await get<List>(`${path}&after=${next}`);

        setMore({ path, rows: [...added.rows, ...list.rows], next: list.next });
    };

    return (
        <Page title={t('reports.title')} lead={t('reports.lead')}>
            <Filters />
            <Await live={live}>{(list) => {
                const rows = [...list.rows, ...added.rows.filter((row) => !list.rows.some((one) => one.id === row.id))];
                const next = added.rows.length > 0 ? added.next : list.next;

                return (
                    <div class="stack tight">
                        {status && <HoldsNote holds={status.holds} />}
                        <div class="card flush">
                            <Table caption={t('reports.title')} columns={columns} rows={rows} rowKey={(row) => row.id}
                                href={(row) => `/reports/${row.id}`} urgent={(row) => row.urgent}
                                empty={<Empty title={t('reports.none')} icon="inbox" />} total={list.total ?? rows.length} />
                        </div>
                        {next !== null && <div><Button onClick={() => goOn(next)}>{t('table.more')}</Button></div>}
                    </div>
                );
            }}</Await>
        </Page>
    );
}
