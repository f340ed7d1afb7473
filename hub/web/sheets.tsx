// Invitations for many communes at once: a sheet of paper for each, with what its
// office has to do. A token is shown this once.
import { useState } from 'preact/hooks';
import { command, session, useLive } from 'lienxa/api';
import { dateTime } from 'lienxa/format';
import {
    Await, Box, Button, Checkbox, Empty, ErrorBox, Field, Form, FormEnd, FormErrors, Input, Page, Pairs, PrintButton, Qr, Select, now,
    type Errors,
} from 'lienxa/look';
import { t } from './i18n';
import type { Node } from './nodes';

interface Authority {
    authority: { name: string; fingerprint: string };
}
interface Invitation {
    node: Node;
    token: string;
    expires: number;
}
// What was made before something went wrong is worth as much: a token is told once.
interface Made {
    list: Invitation[];
    host: string;
    missing: Node[];
    failed: unknown;
}

function InviteSheet({ invitation, host, fingerprint }: { invitation: Invitation; host: string; fingerprint: string }) {
    const { node, token, expires } = invitation;

    return (
        <article class="card invite-sheet" aria-label={t('sheet.for', { name: node.name })}>
            <p class="soft">{session.value?.name} · {t('sheet.kind')}</p>
            <h2>{node.name}</h2>
            <p>{t('sheet.what', { name: node.name, until: dateTime(new Date(expires).toISOString()) })}</p>
            <div class="invite-cols">
                <Qr text={token} label={t('sheet.qr', { name: node.name })} large />
                <div class="stack tight">
                    <ol>
                        <li>{t('sheet.do.1')}</li>
                        <li>{t('sheet.do.2')}</li>
                        <li>{t('sheet.do.3')}</li>
                        <li>{t('sheet.do.4')}</li>
                    </ol>
                </div>
            </div>
            <div class="stack tight">
                <h3>{t('sheet.token')}</h3>
                <p class="secret mono">{token}</p>
                <h3>{t('sheet.hub')}</h3>
                <p class="mono">{host}</p>
                <h3>{t('sheet.fingerprint')}</h3>
                <p class="secret mono"><Pairs of={fingerprint} /></p>
            </div>
            <p class="soft">{t('sheet.care')}</p>
        </article>
    );
}

function Choose({ nodes, onMade }: { nodes: Node[]; onMade: (made: Made) => void }) {
    const [chosen, setChosen] = useState(new Set(nodes.filter((node) => node.state === 'absent').map((node) => node.unit)));
    const [host, setHost] = useState(location.hostname);
    const [hours, setHours] = useState('168');
    const [errors, setErrors] = useState<Errors>({});
    const [failed, setFailed] = useState<unknown>(null);
    const [busy, setBusy] = useState(false);
    const wanted = nodes.filter((node) => chosen.has(node.unit));
    const make = async (): Promise<void> => {
        const made: Invitation[] = [];

        setFailed(null);
        setErrors(host.trim() === '' ? { 'sheets-host': t('field.empty') } : {});
        if (host.trim() === '' || wanted.length === 0)
            return;
        setBusy(true);
        let failure: unknown = null;

        try {
            for (const node of wanted) {
                const { token } = await command<{ token: string }>('node.invite', { unit: node.unit, expires: `${hours}h`, advertise: host.trim() });

                made.push({ node, token, expires: now() + Number(hours) * 3600000 });
            }
        } catch (error) {
            failure = error;
        }
        setFailed(failure);
        setBusy(false);
        if (made.length > 0)
            onMade({ list: made, host: host.trim(), missing: wanted.slice(made.length), failed: failure });
    };
    const toggle = (unit: string, on: boolean): void => {
        const next = new Set(chosen);

        if (on)
            next.add(unit);
        else
            next.delete(unit);
        setChosen(next);
    };

    return (
        <div class="card">
            <Form onSubmit={() => void make()}>
                <FormErrors errors={errors} />
                <ErrorBox error={failed} />
                <Field id="sheets-host" label={t('invite.host')} hint={t('sheets.host.hint')} error={errors['sheets-host']} required>
                    {(tie) => <Input {...tie} value={host} onInput={setHost} width="medium" autocomplete="off" />}
                </Field>
                <Field id="sheets-hours" label={t('invite.hours')}>
                    {(tie) => <Select {...tie} value={hours} width="short" onChange={setHours}
                        options={[48, 168, 336].map((n) => ({ value: String(n), label: t('time.days', { n: n / 24 }) }))} />}
                </Field>
                <fieldset class="field">
                    <legend>{t('sheets.which', { n: wanted.length })}</legend>
                    <div class="targets">
                        {nodes.map((node) => (
                            <Checkbox key={node.unit} id={`sheet-${node.unit}`} checked={chosen.has(node.unit)} onChange={(on) => toggle(node.unit, on)}
                                label={node.name} hint={node.state === 'absent' ? undefined : t('sheets.joined')} />
                        ))}
                    </div>
                </fieldset>
                <FormEnd><Button submit kind="primary" icon="paper" busy={busy} disabled={wanted.length === 0}>{t('sheets.make', { n: wanted.length })}</Button></FormEnd>
            </Form>
        </div>
    );
}

export default function Sheets() {
    const live = useLive<{ rows: Node[] }>('/api/nodes', ['nodes', 'link', 'alarms']);
    const authority = useLive<Authority>('/api/authority', []);
    const [made, setMade] = useState<Made | null>(null);

    return (
        <Page title={t('sheets.title')} back={{ href: '/nodes', label: t('nodes.title') }} lead={made === null && t('sheets.lead')}
            actions={made !== null && <><PrintButton /><Button href="/nodes">{t('sheets.after')}</Button></>}>
            {made !== null ? (
                <div class="stack">
                    <div class="no-print stack">
                        <Box tone="warn" title={t('invite.once')}><p>{t('sheets.once')}</p></Box>
                        {made.missing.length > 0 && (
                            <Box tone="danger" title={t('sheets.missing', { n: made.missing.length })}>
                                <p>{t('sheets.missing.do', { names: made.missing.map((node) => node.name).join(', ') })}</p>
                                <ErrorBox error={made.failed} />
                            </Box>
                        )}
                    </div>
                    <div class="invite-sheets">
                        {made.list.map((one) => <InviteSheet key={one.node.unit} invitation={one} host={made.host}
                            fingerprint={authority.data?.authority.fingerprint ?? '–'} />)}
                    </div>
                </div>
            ) : (
                <Await live={live}>{({ rows }) => rows.length === 0 ? <Empty icon="server" />
                    : <Choose nodes={rows} onMade={setMade} />}</Await>
            )}
        </Page>
    );
}
