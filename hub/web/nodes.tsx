// Replication, for who keeps the machines going: how each commune's line stands,
// what to do, and what lies in quarantine. No content.
import { command, may, useLive } from 'lienxa/api';
import { dateTime, duration, ms, number, when } from 'lienxa/format';
import {
    Await, Badge, Box, Button, Empty, Icon, Page, Table, now, say, sayError, type Column, type IconName, type Tone,
} from 'lienxa/look';
import { Todos, type Todo } from 'lienxa/todos';
import { t } from './i18n';
import { role, useNames, useStatus, word } from './data';
import { LineRule } from './line';
import { RingAfter } from './ring-after';

interface Machine {
    certificate: number;
    state: string;
    words: string;
    waiting: number | null;
    drained: string | null;
    address: string | null;
    last_seen: string | null;
}
export interface Node {
    unit: string;
    name: string;
    phone: string | null;
    state: string;
    online: boolean;
    last_seen: string | null;
    delivered_until: string | null;
    backlog: number | null;
    backlog_bytes: number | null;
    oldest_unsent: string | null;
    clock_offset_ms: number | null;
    version: string | null;
    vaulted_until: string | null;
    vault_backlog: number;
    rate: string | null; // "256k", bits a second
    hours: string | null; // "19:00-06:00"
    awaits_hours: boolean; // they are not now
    hub_key?: string;
    machines: Machine[];
    todo: Todo[];
}
interface Quarantined {
    id: number | null;
    unit: string;
    position: number | null;
    record: string;
    version: number;
    kind: number;
    reason: string;
    where: string;
}

// A clock that is further off than this is spoken of.
export const CLOCK_OFF_MS = 60000;

const MARK: Record<string, { tone: Tone; icon: IconName }> = {
    enrolled: { tone: 'good', icon: 'check' }, retiring: { tone: 'warn', icon: 'clock' },
    revoked: { tone: 'danger', icon: 'close' }, absent: { tone: 'plain', icon: 'info' },
};

export function NodeState({ state }: { state: string }) {
    return <Badge tone={MARK[state]?.tone ?? 'plain'} icon={MARK[state]?.icon ?? 'info'}>{word('nodeState', state)}</Badge>;
}

export function LineMark({ node }: { node: Node }) {
    if (node.state === 'absent')
        return <span class="quiet">{t('node.never')}</span>;
    return node.online ? <Badge tone="good" icon="linked">{t('unit.online')}</Badge>
        : <Badge tone="warn" icon="unlinked">{node.last_seen === null ? t('node.never') : t('node.since', { when: when(node.last_seen, now()) })}</Badge>;
}

// "đúng giờ", "nhanh 2 phút"
export function clockWords(off: number | null): string {
    return off === null ? '–' : Math.abs(off) < CLOCK_OFF_MS ? t('clockOff.right')
        : t(off > 0 ? 'clockOff.fast' : 'clockOff.slow', { span: duration(off) });
}

// What to do, here or at a commune.
export function NodeTodos({ list }: { list: readonly Todo[] }) {
    const names = useNames();

    return <Todos list={list} of={names.unit} title={(code) => {
        const title = word('todo', String(code));

        return title === String(code) ? null : title;
    }} />;
}

function Quarantine() {
    const live = useLive<{ rows: Quarantined[] }>('/api/quarantine', ['nodes', 'alarms', 'reports']);
    const names = useNames();
    const retry = async (id: number): Promise<void> => {
        try {
            await command('quarantine.retry', { quarantined: id });
            say(t('quarantine.retried'));
            live.reload();
        } catch (error) {
            sayError(error);
        }
    };
    const columns: Column<Quarantined>[] = [
        { key: 'unit', title: t('unit.name'), head: true, cell: (row) => names.unit(row.unit) },
        { key: 'reason', title: t('quarantine.reason'), wide: true, cell: (row) => <span lang="en">{row.reason}</span> },
        { key: 'where', title: t('quarantine.where'), cell: (row) => row.where === 'here' ? t('quarantine.here') : names.unit(row.where) },
        { key: 'what', title: t('quarantine.what'), cell: (row) => t('quarantine.record', { kind: row.kind, version: row.version }) },
        { key: 'retry', title: t('quarantine.do'), cell: (row) => row.id !== null && may('quarantine.retry')
            ? <Button small icon="refresh" onClick={() => retry(row.id!)}>{t('quarantine.retry')}</Button> : '–' },
    ];

    return (
        <section class="stack tight" aria-labelledby="quarantine">
            <h2 id="quarantine">{t('quarantine.title')}</h2>
            <p class="soft measure">{t('quarantine.lead')}</p>
            <div class="card flush">
                <Await live={live}>{({ rows }) => (
                    <Table caption={t('quarantine.title')} columns={columns} rows={rows}
                        rowKey={(row) => `${row.id} ${row.record} ${row.where}`}
                        empty={<Empty title={t('quarantine.none')} icon="done" />} />
                )}</Await>
            </div>
        </section>
    );
}

function Alarms() {
    const live = useLive<{ rows: Todo[] }>('/api/alarms', ['alarms']);

    return (
        <Await live={live}>{({ rows }) => rows.length === 0
            ? <p class="calm"><Icon name="done" />{t('todo.none')}</p>
            : (
                <section class="stack tight" aria-labelledby="todo">
                    <h2 id="todo">{t('todo.title', { n: rows.length })}</h2>
                    <NodeTodos list={rows} />
                </section>
            )}</Await>
    );
}

export default function Nodes() {
    const live = useLive<{ rows: Node[] }>('/api/nodes', ['nodes', 'link', 'alarms']);
    const status = useStatus().data;
    const columns: Column<Node>[] = [
        { key: 'name', title: t('unit.name'), head: true, narrow: true, sort: (row) => row.name, cell: (row) => row.name },
        { key: 'line', title: t('unit.link'), sort: (row) => row.last_seen, cell: (row) => (
            <span class="marks">{row.state !== 'enrolled' && <NodeState state={row.state} />}{row.state !== 'absent' && <LineMark node={row} />}</span>
        ) },
        { key: 'delivered', title: t('node.delivered'), narrow: true, sort: (row) => row.delivered_until, cell: (row) => when(row.delivered_until, now()) },
        { key: 'backlog', title: t('fig.backlog'), right: true, sort: (row) => row.backlog, cell: (row) => (
            <span class={row.backlog ? 'soon-text' : ''}>{number(row.backlog)}{row.backlog !== null && row.backlog > 0 && row.oldest_unsent &&
                <span class="sub">{t('node.oldest', { when: when(row.oldest_unsent, now()) })}</span>}</span>
        ) },
        { key: 'clock', title: t('node.clock'), narrow: true, cell: (row) => (
            <span class={Math.abs(row.clock_offset_ms ?? 0) >= CLOCK_OFF_MS ? 'soon-text' : ''}>{clockWords(row.clock_offset_ms)}</span>
        ) },
        { key: 'vault', title: t('node.vaulted'), narrow: true, sort: (row) => row.vaulted_until, cell: (row) => when(row.vaulted_until, now()) },
        { key: 'rule', title: t('line.short'), narrow: true, sort: (row) => row.hours, cell: (row) => row.state === 'absent' ? '–' : <LineRule node={row} /> },
        { key: 'version', title: t('node.version'), narrow: true, sort: (row) => row.version, cell: (row) => row.version ?? '–' },
        { key: 'todo', title: t('node.todo'), right: true, sort: (row) => row.todo.length, cell: (row) => row.todo.length > 0
            ? <Badge tone="warn" icon="warning">{row.todo.length}</Badge> : <span class="quiet">0</span> },
    ];

    return (
        <Page title={t('nodes.title')} lead={t('nodes.lead')}
            actions={may('node.invite') && <Button icon="paper" href="/sheets">{t('sheets.title')}</Button>}>
            <div class="stack loose">
                {live.data?.rows.every((row) => row.state === 'absent') && may('node.invite') &&
                    <Box title={t('nodes.first')}><p>{t('nodes.first.do')}</p></Box>}
                <Alarms />
                <section class="stack tight" aria-labelledby="nodes">
                    <div class="row spread"><h2 id="nodes">{t('nodes.list')}</h2>
                        {status && <span class="soft">{t('nodes.backup', { when: dateTime(status.backed_up) })}
                            {!(Math.abs(now() - ms(status.backed_up)) < 7 * 86400000) && <> <Badge tone="warn" icon="warning">{t('nodes.backup.old')}</Badge></>}</span>}</div>
                    <div class="card flush">
                        <Await live={live}>{({ rows }) => (
                            <Table caption={t('nodes.list')} columns={columns} rows={rows} rowKey={(row) => row.unit}
                                href={(row) => `/nodes/${row.unit}`} />
                        )}</Await>
                    </div>
                </section>
                {role('operator') && <RingAfter />}
                {role('operator', 'auditor') && <Quarantine />}
            </div>
        </Page>
    );
}
