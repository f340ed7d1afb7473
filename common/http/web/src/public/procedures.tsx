// The district's catalogue of procedures: found without accents, those in force first.
import { useRef } from 'preact/hooks';
import { command, may, useLive } from '../api';
import { fold, matches } from '../fold';
import { Await, Badge, Button, Checkbox, Empty, Page, Search, Table, say, sayError, type Column } from '../look';
import { query, setQuery } from '../router';
import { t } from './i18n';
import { isHub, type Procedure } from './data';

export const hrefOf = (one: Procedure): string => `/procedures/${encodeURIComponent(one.code)}?from=${one.valid_from}`;

// Exact accents first, then names, then what is only in the rest of it.
function found(rows: readonly Procedure[], q: string): Procedure[] {
    const rank = (one: Procedure): number => {
        const name = one.name.toLowerCase().normalize('NFC');

        return name.includes(q.toLowerCase().normalize('NFC')) ? 0 : fold(name).includes(fold(q)) ? 1 : matches(`${one.code} ${one.name}`, q) ? 2 : 3;
    };

    return rows.filter((one) => matches([one.code, one.name, one.papers, one.notes, one.who, ...one.forms.map((form) => form.name)].join(' '), q))
        .sort((a, b) => rank(a) - rank(b));
}

function Import({ onDone }: { onDone: () => void }) {
    const input = useRef<HTMLInputElement>(null);
    const load = async (file: File | undefined): Promise<void> => {
        if (file === undefined)
            return;
        try {
            const out = await command<{ procedures: number; new: number; changed: number }>('procedure.import', { csv: await file.text() });

            say(t('procedures.imported', { n: out.procedures, fresh: out.new, changed: out.changed }));
            onDone();
        } catch (error) {
            sayError(error);
        }
        input.current!.value = '';
    };

    return (
        <>
            <input ref={input} type="file" accept=".csv,text/csv" class="hidden" tabIndex={-1} aria-label={t('procedures.import')}
                onChange={(event) => void load(event.currentTarget.files?.[0])} />
            <Button icon="inbox" onClick={() => input.current?.click()}>{t('procedures.import')}</Button>
        </>
    );
}

export default function Procedures() {
    const live = useLive<{ rows: Procedure[] }>('/api/procedures?all=1', ['notices']);
    const q = (query.value.get('q') ?? '').trim();
    const all = query.value.get('all') === '1';
    const columns: Column<Procedure>[] = [
        { key: 'name', title: t('procedures.name'), head: true, wide: true, cell: (one) => (
            <>{one.name}{!one.holds && <> <Badge icon="clock">{t('procedure.old')}</Badge></>}</>
        ) },
        { key: 'code', title: t('procedures.code'), narrow: true, cell: (one) => one.code },
        { key: 'forms', title: t('procedure.forms'), cell: (one) => one.forms.filter((form) => form.holds).map((form) => form.name).join(', ') || '–' },
        { key: 'fee', title: t('procedure.fee'), cell: (one) => one.fee ?? '–' },
        { key: 'time', title: t('procedure.time'), cell: (one) => one.time ?? '–' },
    ];

    return (
        <Page title={t('procedures.title')} lead={t(isHub() ? 'procedures.lead.hub' : 'procedures.lead.node')}
            actions={may('procedure.import') && <><Import onDone={live.reload} />
                <Button kind="primary" icon="plus" href="/procedures/edit">{t('procedures.new')}</Button></>}>
            <div class="filters no-print" role="search">
                <div class="field wide"><Search label={t('procedures.search')} value={query.value.get('q') ?? ''} onInput={(to) => setQuery({ q: to })} /></div>
                <Checkbox id="old-too" label={t('procedures.old')} checked={all} onChange={(on) => setQuery({ all: on })} />
            </div>
            <Await live={live}>{({ rows }) => {
                const shown = found(rows.filter((one) => all || one.holds), q);

                return (
                    <div class="card flush">
                        <Table caption={t('procedures.title')} rows={shown} rowKey={(one) => one.code + one.valid_from} href={hrefOf} columns={columns}
                            total={shown.length} empty={<Empty icon="book" title={t(q === '' ? 'procedures.none' : 'procedures.none.found')}>
                                {q === '' && <p>{t(isHub() ? 'procedures.none.hub' : 'procedures.none.node')}</p>}</Empty>} />
                    </div>
                );
            }}</Await>
        </Page>
    );
}
