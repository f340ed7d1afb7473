// Who did what, when: newest first.
import { useState } from 'preact/hooks';
import { get, useLive } from 'lienxa/api';
import { dateTime } from 'lienxa/format';
import { Await, Button, Page, PrintButton, Table, type Column } from 'lienxa/look';
import { t } from './i18n';
import { word } from './data';

interface Row {
    id: number;
    at: string;
    command: string;
    actor: string | null;
    role?: string | null;
    from?: string | null;
    subject?: string | null;
}
interface List {
    rows: Row[];
    next: number | null;
}

// An id as the pages name it, a name as it is.
const about = (subject: string | null) => subject === null ? '–'
    : /^[0-9a-f]{8}-/.test(subject) ? <code title={subject}>{subject.slice(-6).toUpperCase()}</code> : <>{subject}</>;

export default function Audit() {
    const live = useLive<List>('/api/audit', ['reports', 'alerts', 'referrals', 'nodes', 'accounts', 'alarms']);
    const [older, setOlder] = useState<List>({ rows: [], next: null });
    const columns: Column<Row>[] = [
        { key: 'at', title: t('audit.at'), narrow: true, cell: (row) => dateTime(row.at) },
        { key: 'command', title: t('audit.did'), head: true, cell: (row) => (
            <>{word('did', row.command) !== row.command && `${word('did', row.command)} `}<code class="quiet">{row.command}</code></>
        ) },
        { key: 'actor', title: t('audit.by'), cell: (row) => <>{row.actor ?? t('audit.program')}{row.role && <span class="sub">{word('role', row.role)}</span>}</> },
        { key: 'subject', title: t('audit.subject'), cell: (row) => about(row.subject ?? null) },
        { key: 'from', title: t('audit.from'), cell: (row) => <span class="num">{row.from ?? '–'}</span> },
    ];
    const goOn = async (before: number): Promise<void> => {
        const list = await get<List>(`/api/audit?before=${before}`);

        setOlder({ rows: [...older.rows, ...list.rows], next: list.next });
    };

    return (
        <Page title={t('audit.title')} lead={t('audit.lead')} actions={<PrintButton />}>
            <Await live={live}>{(list) => {
                const next = older.rows.length > 0 ? older.next : list.next;
                const rows = [...list.rows, ...older.rows.filter((row) => !list.rows.some((one) => one.id === row.id))];

                return (
                    <div class="stack">
                        <div class="card flush"><Table caption={t('audit.title')} columns={columns} rows={rows} rowKey={(row) => String(row.id)} /></div>
                        {next !== null && <div><Button onClick={() => goOn(next)}>{t('table.more')}</Button></div>}
                    </div>
                );
            }}</Await>
        </Page>
    );
}
