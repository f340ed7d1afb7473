// Notices: what somebody must do next, what residents see now, what they saw.
import { may, session, useLive } from '../api';
import { draftOf } from '../drafts';
import { compareVi, matches } from '../fold';
import { time } from '../format';
import { Await, Badge, Button, Empty, Page, Search, Segments, Select, Table, useKeys, type Column } from '../look';
import { go, query, setQuery } from '../router';
import { t } from './i18n';
import { isHub, isPast, isWaiting, kindName, span, useLists, type Lists, type Row } from './data';
import { Standing } from './parts';

export const mayWrite = (): boolean => may(isHub() ? 'notice.publish' : 'notice.write');

function Step({ row }: { row: Row }) {
    const key = row.state === 'returned' && may('notice.write') ? 'notices.go.mend' : row.state === 'approved' && may('notice.publish') ? 'notices.go.publish'
        : row.state === 'draft' && may('notice.approve') ? 'notices.go.approve' : 'notices.go.look';

    return <Button small href={`/notices/${row.id}`} {...(key === 'notices.go.look' ? {} : { icon: 'arrow' as const })}>{t(key)}</Button>;
}

// What this person's browser keeps, and what waits for a leader or an officer.
function Todo({ rows, lists }: { rows: Row[]; lists: Lists | undefined }) {
    const kept = mayWrite() ? draftOf<{ title: string }>('notice') : null;

    if (kept === null && rows.length === 0)
        return null;
    return (
        <section class="card" aria-labelledby="todo">
            <h2 id="todo">{t('notices.todo')}</h2>
            <ul class="todo-list">
                {kept !== null && (
                    <li>
                        <span><strong>{kept.value.title || t('notices.local')}</strong>
                            <span class="sub quiet"><span class="num">{time(kept.at)}</span>. {t('notices.local.text')}</span></span>
                        <Badge icon="pen">{t('notices.local')}</Badge>
                        <Button small href="/notices/new">{t('notices.local.go')}</Button>
                    </li>
                )}
                {rows.map((row) => (
                    <li key={row.id}>
                        <span><a href={`/notices/${row.id}`}>{row.title}</a>
                            <span class="sub quiet">{kindName(lists, row.kind)} · {t('notices.waits', { by: row.by ?? '' })}</span>
                            {row.state === 'returned' && <span class="sub">{t('notice.remark', { by: row.returned_by ?? '', reason: row.reason ?? '' })}</span>}</span>
                        <Standing one={row} />
                        <Step row={row} />
                    </li>
                ))}
            </ul>
        </section>
    );
}

function columns(lists: Lists | undefined): Column<Row>[] {
    return [
        { key: 'title', title: t('notices.col.title'), head: true, wide: true, cell: (row) => (
            <>{row.title ?? t('notice.gone')}<span class="sub quiet">{kindName(lists, row.kind)}</span></>
        ) },
        { key: 'state', title: t('notices.col.state'), cell: (row) => (
            <span class="marks"><Standing one={row} />{row.corrected !== null && !isPast(row) && <Badge icon="pen">{t('notice.corrected')}</Badge>}</span>
        ) },
        { key: 'from', title: t('notices.col.from'), cell: (row) => (
            <span>{row.name}{row.own && !isHub() && <span class="sub quiet">{t(row.shared ? 'notice.shared' : 'notice.local')}</span>}</span>
        ) },
        { key: 'until', title: t('notices.col.until'), cell: (row) => <span class="soft">{span(row)}</span> },
    ];
}

function Filters({ rows }: { rows: Row[] }) {
    const past = query.value.get('view') === 'past';
    const units = [...new Map(rows.map((row) => [row.unit, row.name]))].sort((a, b) => compareVi(a[1], b[1]));

    return (
        <div class="filters no-print" role="search">
            <Segments label={t('notices.view')} value={past ? 'past' : 'now'} onChange={(to) => setQuery({ view: to === 'past' ? 'past' : null })}
                options={[{ value: 'now', label: t('notices.view.now') }, { value: 'past', label: t('notices.view.past') }]} />
            <div class="field wide">
                <Search label={t('notices.search')} value={query.value.get('q') ?? ''} onInput={(q) => setQuery({ q })} />
            </div>
            <div class="field">
                <Select aria-label={t('notices.col.from')} value={query.value.get('unit') ?? ''} empty={t('notices.whose')}
                    onChange={(unit) => setQuery({ unit })} options={units.map(([value, label]) => ({ value, label }))} />
            </div>
        </div>
    );
}

export default function Notices() {
    const live = useLive<{ rows: Row[] }>('/api/notices?all=1', ['notices']);
    const lists = useLists();
    const at = query.value;
    const past = at.get('view') === 'past';
    const [q, unit] = [at.get('q') ?? '', at.get('unit')];
    const fits = (row: Row): boolean => isPast(row) === past && (unit === null || row.unit === unit) &&
        (q === '' || matches(`${row.title} ${row.text} ${kindName(lists, row.kind)}`, q));

    useKeys(mayWrite() ? { n: { label: t('notices.new'), run: () => go('/notices/new') } } : {});
    return (
        <Page title={t('notices.title')} lead={t(isHub() ? 'notices.lead.hub' : 'notices.lead.node')}
            actions={mayWrite() && <Button kind="primary" icon="plus" keyhint="n" href="/notices/new">{t('notices.new')}</Button>}>
            <Await live={live}>{({ rows }) => {
                const shown = rows.filter((row) => !isWaiting(row) && fits(row));

                return (
                    <div class="stack">
                        {(mayWrite() || session.value?.role === 'leader') && <Todo rows={rows.filter(isWaiting)} lists={lists} />}
                        <div>
                            <Filters rows={rows} />
                            <div class="card flush">
                                <Table caption={t('notices.title')} rows={shown} rowKey={(row) => row.id} href={(row) => `/notices/${row.id}`}
                                    columns={columns(lists)} total={shown.length} empty={
                                        <Empty icon="paper" title={t(q !== '' || unit !== null ? 'notices.none.found' : past ? 'notices.none.past' : 'notices.none')} />} />
                            </div>
                        </div>
                    </div>
                );
            }}</Await>
        </Page>
    );
}
