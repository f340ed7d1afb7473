// One commune's machines: how they stand, what to do, and the keys of the place.
import { useState } from 'preact/hooks';
import { command, may, useLive } from 'lienxa/api';
import { bytes, dateTime, number, when } from 'lienxa/format';
import {
    Await, Badge, Box, Button, Confirm, CopyButton, Dialog, Empty, ErrorBox, Field, Form, FormEnd, Input, Page, PrintButton, Qr,
    Select, Table, now, say, type Column,
} from 'lienxa/look';
import type { Page as At } from 'lienxa/router';
import { t } from './i18n';
import { LineSettings } from './line';
import { LineMark, NodeState, NodeTodos, clockWords, type Node } from './nodes';
import { Phone } from './parts';

type Deed = 'invite' | 'retire' | 'revoke' | 'rotate';

// The token is shown once: it is not kept anywhere.
function Invite({ node, onClose }: { node: Node; onClose: () => void }) {
    const [hours, setHours] = useState('48');
    const [host, setHost] = useState(location.hostname);
    const [token, setToken] = useState('');
    const [failed, setFailed] = useState<unknown>(null);
    const [busy, setBusy] = useState(false);
    const invite = async (): Promise<void> => {
        setBusy(true);
        try {
            const out = await command<{ token: string }>('node.invite', { unit: node.unit, expires: `${hours}h`,
                ...(host.trim() ? { advertise: host.trim() } : {}) });

            setToken(out.token);
            setFailed(null);
        } catch (error) {
            setFailed(error);
        }
        setBusy(false);
    };

    if (token !== '')
        return (
            <Dialog wide title={t('invite.sheet', { name: node.name })} onClose={onClose}
                end={<><PrintButton /><CopyButton text={token} label={t('invite.copy')} /><Button kind="primary" onClick={onClose}>{t('invite.kept')}</Button></>}>
                <Box tone="warn" title={t('invite.once')}><p>{t('invite.once.why', { hours })}</p></Box>
                <div class="invite">
                    <Qr text={token} label={t('invite.qr')} large />
                    <div class="stack tight">
                        <p>{t('invite.how')}</p>
                        <p class="secret"><code>{token}</code></p>
                    </div>
                </div>
            </Dialog>
        );
    return (
        <Dialog title={t('invite.title', { name: node.name })} onClose={onClose}>
            <p>{t(node.state === 'absent' ? 'invite.first' : 'invite.replace')}</p>
            <Form onSubmit={() => void invite()}>
                <ErrorBox error={failed} />
                <Field id="invite-host" label={t('invite.host')} hint={t('invite.host.hint')}>
                    {(tie) => <Input {...tie} value={host} onInput={setHost} />}
                </Field>
                <Field id="invite-hours" label={t('invite.hours')}>
                    {(tie) => <Select {...tie} value={hours} width="short" onChange={setHours}
                        options={[4, 24, 48, 168].map((n) => ({ value: String(n), label: n < 24 ? t('time.hours', { n }) : t('time.days', { n: n / 24 }) }))} />}
                </Field>
                <FormEnd>
                    <Button submit kind="primary" busy={busy}>{t('invite.make')}</Button>
                    <Button onClick={onClose}>{t('do.cancel')}</Button>
                </FormEnd>
            </Form>
        </Dialog>
    );
}

// What cannot be taken back is typed out.
function Revoke({ node, onClose }: { node: Node; onClose: () => void }) {
    const [typed, setTyped] = useState('');
    const [wrong, setWrong] = useState<string | undefined>();
    const [failed, setFailed] = useState<unknown>(null);
    const revoke = async (): Promise<void> => {
        if (typed.trim() !== node.unit)
            return setWrong(t('revoke.wrong', { unit: node.unit }));
        setWrong(undefined);
        try {
            await command('node.revoke', { unit: node.unit });
            say(t('revoke.done', { name: node.name }));
            onClose();
        } catch (error) {
            setFailed(error);
        }
    };

    return (
        <Dialog title={t('revoke.title', { name: node.name })} onClose={onClose}>
            <p>{t('revoke.what')}</p>
            <Form onSubmit={() => void revoke()}>
                <ErrorBox error={failed} />
                <Field id="revoke-typed" label={t('revoke.type', { unit: node.unit })} error={wrong}>
                    {(tie) => <Input {...tie} value={typed} onInput={setTyped} autofocus autocomplete="off" />}
                </Field>
                <FormEnd>
                    <Button submit kind="danger primary">{t('deed.revoke')}</Button>
                    <Button onClick={onClose}>{t('do.cancel')}</Button>
                </FormEnd>
            </Form>
        </Dialog>
    );
}

function Ask({ deed, node, onClose }: { deed: 'retire' | 'rotate'; node: Node; onClose: () => void }) {
    const [failed, setFailed] = useState<unknown>(null);
    const go = async (): Promise<void> => {
        try {
            await command(`node.${deed}`, { unit: node.unit });
            say(t(`asked.${deed}`, { name: node.name }));
            onClose();
        } catch (error) {
            setFailed(error);
        }
    };

    return (
        <Confirm title={t(`ask.${deed}`, { name: node.name })} yes={t(`deed.${deed}`)} danger={deed === 'retire'} onYes={go} onClose={onClose}>
            <ErrorBox error={failed} />
            <p>{t(`what.${deed}`)}</p>
        </Confirm>
    );
}

function Facts({ node }: { node: Node }) {
    return (
        <dl class="facts">
            <dt>{t('report.state')}</dt><dd><NodeState state={node.state} /></dd>
            <dt>{t('unit.link')}</dt><dd><LineMark node={node} /></dd>
            <dt>{t('node.delivered')}</dt><dd class="num">{dateTime(node.delivered_until)}</dd>
            <dt>{t('fig.backlog')}</dt><dd>{number(node.backlog)}{node.backlog ? ` · ${bytes(node.backlog_bytes ?? 0)}` : ''}
                {node.backlog && node.oldest_unsent ? ` · ${t('node.oldest', { when: when(node.oldest_unsent, now()) })}` : ''}</dd>
            <dt>{t('node.clock')}</dt><dd>{clockWords(node.clock_offset_ms)}</dd>
            <dt>{t('node.vaulted')}</dt><dd class="num">{dateTime(node.vaulted_until)}
                {node.vault_backlog > 0 && ` · ${t('node.vaultBacklog', { n: number(node.vault_backlog) })}`}</dd>
            <dt>{t('node.version')}</dt><dd>{node.version ?? '–'}</dd>
            {node.hub_key && <><dt>{t('node.hubKey')}</dt><dd><Badge tone="warn" icon="key">{t('node.hubKey.old')}</Badge></dd></>}
            <dt>{t('unit.phone')}</dt><dd><Phone number={node.phone} /></dd>
        </dl>
    );
}

export default function NodePage({ params }: At) {
    const live = useLive<{ rows: Node[] }>('/api/nodes', ['nodes', 'link', 'alarms']);
    const [deed, setDeed] = useState<Deed | null>(null);
    const node = live.data?.rows.find((one) => one.unit === params['unit']);
    const close = (): void => setDeed(null);
    const columns: Column<Node['machines'][number]>[] = [
        { key: 'certificate', title: t('machine.number'), head: true, cell: (row) => t('machine.no', { n: row.certificate }) },
        { key: 'state', title: t('report.state'), cell: (row) => <NodeState state={row.state} /> },
        { key: 'words', title: t('machine.words'), wide: true, cell: (row) => <span lang="en">{row.words}</span> },
        { key: 'waiting', title: t('machine.waiting'), right: true, cell: (row) => number(row.waiting) },
        { key: 'address', title: t('machine.address'), cell: (row) => row.address ?? '–' },
        { key: 'seen', title: t('machine.seen'), narrow: true, cell: (row) => when(row.last_seen, now()) },
    ];

    return (
        <Page title={node?.name ?? t('nodes.one')} back={{ href: '/nodes', label: t('nodes.title') }}
            beside={node && <LineMark node={node} />}
            actions={node && (
                <>
                    {may('node.invite') && <Button icon="plus" onClick={() => setDeed('invite')}>{t('deed.invite')}</Button>}
                    {may('node.rotate') && node.state === 'enrolled' && <Button icon="key" onClick={() => setDeed('rotate')}>{t('deed.rotate')}</Button>}
                    {may('node.retire') && node.state === 'enrolled' && <Button icon="leave" onClick={() => setDeed('retire')}>{t('deed.retire')}</Button>}
                    {may('node.revoke') && node.state !== 'absent' && node.state !== 'revoked' &&
                        <Button kind="danger" icon="close" onClick={() => setDeed('revoke')}>{t('deed.revoke')}</Button>}
                </>
            )}>
            <Await live={live}>{() => node === undefined ? <Empty title={t('error.missing')} icon="search" /> : (
                <div class="stack">
                    {node.todo.length > 0 && <NodeTodos list={node.todo} />}
                    <div class="card"><Facts node={node} /></div>
                    {node.state !== 'absent' && <LineSettings node={node} onDone={live.reload} />}
                    <section class="card flush" aria-labelledby="machines">
                        <h2 id="machines" class="flush-head">{t('machine.title')}</h2>
                        <Table caption={t('machine.title')} columns={columns} rows={node.machines} rowKey={(row) => String(row.certificate)}
                            empty={<Empty title={t('machine.none')} icon="server" />} />
                    </section>
                </div>
            )}</Await>
            {node && deed === 'invite' && <Invite node={node} onClose={close} />}
            {node && deed === 'revoke' && <Revoke node={node} onClose={close} />}
            {node && (deed === 'retire' || deed === 'rotate') && <Ask deed={deed} node={node} onClose={close} />}
        </Page>
    );
}

