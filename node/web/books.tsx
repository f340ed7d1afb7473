// The books: who did what, what left this commune, who has an account. For
// leaders and auditors.
import { useState } from 'preact/hooks';
import { command, may, session, useLive } from 'lienxa/api';
import { dateTime, number, timeSeconds, date } from 'lienxa/format';
import type { SharedKey } from 'lienxa/i18n';
import {
    Await, Badge, Button, Confirm, Dialog, Empty, ErrorBox, Field, Form, FormEnd, FormErrors, Input, Page, PrintButton, Select,
    Table, sayError, say, type Column, type Errors,
} from 'lienxa/look';
import { SHORTEST, tooShort } from 'lienxa/password';
import { query, setQuery, type Page as At } from 'lienxa/router';
import { t } from './i18n';
import { shortId, word } from './words';

// Older pages by the place that the server gave; back is one press.
function Older({ next }: { next: number | null }) {
    const before = query.value.get('before');

    if (next === null && before === null)
        return null;
    return (
        <div class="row no-print">
            {before !== null && <Button small icon="up" onClick={() => setQuery({ before: null })}>{t('audit.newest')}</Button>}
            {next !== null && <Button small icon="down" onClick={() => setQuery({ before: next })}>{t('audit.older')}</Button>}
        </div>
    );
}

const paged = (path: string): string => {
    const before = query.value.get('before');

    return before === null ? path : `${path}?before=${encodeURIComponent(before)}`;
};

// ---- who did what

interface Deed {
    id: string;
    at: string;
    command: string;
    by: string;
    role: string | null;
    from: string | null;
    subject: string | null;
}

// How far the district has signed it.
interface Signed {
    entries: number;
    at: string | null;
    holds: boolean;
}

function SignedLine({ entries, at, holds }: Signed) {
    if (!holds)
        return <p><Badge tone="danger" icon="warning">{t('audit.touched')}</Badge></p>;
    return <p class="quiet">{entries === 0 || at === null ? t('audit.unsigned')
        : t('audit.signed', { n: number(entries), at: dateTime(at) })}</p>;
}

export function Audit(_: At) {
    const live = useLive<{ rows: Deed[]; next: number | null; signed: Signed }>(paged('/api/audit'), ['reports', 'accounts', 'disclosures', 'alerts', 'referrals', 'alarms']);
    const columns: Column<Deed>[] = [
        { key: 'what', title: t('audit.what'), head: true, wide: true, cell: (one) => (
            <>{word('did', one.command) !== one.command && `${word('did', one.command)} `}<code class="quiet">{one.command}</code></>
        ) },
        { key: 'by', title: t('audit.by'), cell: (one) => <>{one.by}{one.role !== null && <span class="sub quiet">{t(`role.${one.role}` as SharedKey)}</span>}</> },
        { key: 'at', title: t('audit.at'), narrow: true, cell: (one) => <span class="num">{date(one.at)} {timeSeconds(one.at)}</span> },
        { key: 'subject', title: t('audit.subject'), cell: (one) => <span class="break">{one.subject === null ? '–'
            : /^[0-9a-f-]{36}$/.test(one.subject) ? shortId(one.subject) : one.subject}</span> },
        { key: 'from', title: t('audit.from'), cell: (one) => <span class="num">{one.from ?? t('audit.shell')}</span> },
    ];

    return (
        <Page title={t('audit.title')} lead={t('audit.lead')} actions={<PrintButton />}>
            <Await live={live}>{(data) => (
                <div class="stack">
                    <SignedLine {...data.signed} />
                    <div class="card flush"><Table caption={t('audit.title')} rows={data.rows} rowKey={(one) => one.id} columns={columns}
                        empty={<Empty title={t('audit.none')} icon="list" />} /></div>
                    <Older next={data.next} />
                </div>
            )}</Await>
        </Page>
    );
}

// ---- what left

interface Sent {
    seq: number;
    at: string;
    kind: string;
    record: string;
    version: number;
    erasure: boolean;
    acknowledged: boolean;
    fact: { hex: string | null; bytes?: number; fields?: Record<string, unknown> | null };
    words: string;
    sender: string;
    text: string | null;
}

function Bytes({ one }: { one: Sent }) {
    const fields = Object.entries(one.fact.fields ?? {}).filter(([, value]) => value !== null && typeof value !== 'object');

    if (one.fact.hex === null)
        return <span class="quiet">–</span>;
    return (
        <details>
            <summary>{t('sent.bytes')} ({number(one.fact.bytes ?? 0)})</summary>
            {fields.length > 0 && (
                <dl class="facts">{fields.map(([key, value]) => [<dt key={key}><code>{key}</code></dt>,
                    <dd key={`${key}-value`} class="break">{String(value)}</dd>])}</dl>
            )}
            <code class="hex">{one.fact.hex}</code>
            {one.text !== null && <p class="prewrap soft">{one.text}</p>}
        </details>
    );
}

export function SentPage(_: At) {
    const live = useLive<{ rows: Sent[]; next: number | null; head: number; acked: number }>(paged('/api/sent'), ['reports', 'link', 'alerts', 'referrals']);
    const columns: Column<Sent>[] = [
        { key: 'kind', title: t('sent.kind'), head: true, wide: true, cell: (one) => (
            <>{word('sent.kind', one.kind)} <span class="sub quiet num">{one.seq} · {shortId(one.record)}, {one.version}</span></>
        ) },
        { key: 'at', title: t('sent.at'), narrow: true, cell: (one) => <span class="num">{dateTime(one.at)}</span> },
        { key: 'words', title: t('sent.words'), cell: (one) => word('sent.fate', one.words) },
        { key: 'sender', title: t('sent.sender'), cell: (one) => word('sent.fate', one.sender) },
        { key: 'state', title: t('sent.state'), cell: (one) => <Badge tone={one.acknowledged ? 'good' : 'warn'} icon={one.acknowledged ? 'check' : 'clock'}>
            {t(one.acknowledged ? 'sent.acked' : 'sent.waiting')}</Badge> },
        { key: 'bytes', title: t('sent.bytes'), wide: true, cell: (one) => <Bytes one={one} /> },
    ];

    return (
        <Page title={t('sent.title')} lead={t('sent.lead')} actions={<PrintButton />}>
            <Await live={live}>{(data) => (
                <div class="stack">
                    <p class="soft">{t('sent.head', { acked: number(data.acked), head: number(data.head) })}</p>
                    <div class="card flush"><Table caption={t('sent.title')} rows={data.rows} rowKey={(one) => String(one.seq)} columns={columns}
                        empty={<Empty title={t('sent.none')} icon="send" />} /></div>
                    <Older next={data.next} />
                </div>
            )}</Await>
        </Page>
    );
}

// ---- people

interface Person {
    name: string;
    role: string;
    disabled: boolean;
    totp: boolean;
    recovery_codes: number;
    created: string;
    seen: string | null;
}
const ROLES = ['officer', 'leader', 'custodian', 'auditor'];
const PLAIN_ROLES = ['officer', 'auditor']; // hold no key: need no recovery sheet

function Add({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
    const [value, setValue] = useState({ name: '', role: 'auditor', password: '' });
    const [errors, setErrors] = useState<Errors>({});
    const [failed, setFailed] = useState<unknown>(null);
    const add = async (): Promise<void> => {
        const wrong: Errors = {};

        if (value.name.trim() === '')
            wrong['person-name'] = t('field.empty');
        if (tooShort(value.password))
            wrong['person-password'] = t('people.password.hint', { n: SHORTEST });
        setErrors(wrong);
        if (Object.keys(wrong).length > 0)
            return;
        try {
            await command('user.add', { ...value, name: value.name.trim(), password: value.password.normalize('NFC') });
            say(t('people.added', { name: value.name.trim() }));
            onClose();
            onDone();
        } catch (error) {
            setFailed(error);
        }
    };

    return (
        <Dialog title={t('people.add.title')} onClose={onClose}>
            <Form onSubmit={() => void add()}>
                <FormErrors errors={errors} /><ErrorBox error={failed} />
                <Field id="person-name" label={t('people.name')} required error={errors['person-name']}>
                    {(tie) => <Input {...tie} value={value.name} onInput={(name) => setValue({ ...value, name })} autofocus autocomplete="off" />}
                </Field>
                <Field id="person-role" label={t('people.role')} hint={t('people.custodian')}>
                    {(tie) => <Select {...tie} value={value.role} onChange={(role) => setValue({ ...value, role })}
                        options={ROLES.filter((one) => PLAIN_ROLES.includes(one)).map((one) => ({ value: one, label: t(`role.${one}` as SharedKey) }))} />}
                </Field>
                <Field id="person-password" label={t('people.password')} required hint={t('people.password.hint', { n: SHORTEST })} error={errors['person-password']}>
                    {(tie) => <Input {...tie} type="password" value={value.password} onInput={(password) => setValue({ ...value, password })}
                        autocomplete="new-password" />}
                </Field>
                <FormEnd>
                    <Button submit kind="primary">{t('people.add')}</Button>
                    <Button onClick={onClose}>{t('do.cancel')}</Button>
                </FormEnd>
            </Form>
        </Dialog>
    );
}

function Switch({ person, onDone }: { person: Person; onDone: () => void }) {
    const [asking, setAsking] = useState(false);
    const turn = async (name: 'user.disable' | 'user.enable'): Promise<void> => {
        try {
            await command(name, { name: person.name });
            say(t('people.done'));
        } catch (error) {
            sayError(error);
        }
        setAsking(false);
        onDone();
    };

    if (!may('user.disable') || person.name === session.value?.user)
        return null;
    if (person.disabled)
        return <Button small onClick={() => turn('user.enable')}>{t('people.enable')}</Button>;
    return (
        <>
            <Button small onClick={() => setAsking(true)}>{t('people.disable')}</Button>
            {asking && (
                <Confirm title={t('people.disable.title', { name: person.name })} yes={t('people.disable').replace('…', '')} danger
                    onYes={() => turn('user.disable')} onClose={() => setAsking(false)}><p>{t('people.disable.text')}</p></Confirm>
            )}
        </>
    );
}

export function People(_: At) {
    const live = useLive<{ rows: Person[] }>('/api/users', ['accounts']);
    const [adding, setAdding] = useState(false);
    const columns: Column<Person>[] = [
        { key: 'name', title: t('people.name'), head: true, wide: true, sort: (one) => one.name, cell: (one) => (
            <>{one.name} {one.disabled && <Badge icon="lock">{t('people.disabled')}</Badge>}</>
        ) },
        { key: 'role', title: t('people.role'), sort: (one) => one.role, cell: (one) => t(`role.${one.role}` as SharedKey) },
        { key: 'totp', title: t('people.totp'), cell: (one) => one.totp ? t('people.totp.on', { n: one.recovery_codes }) : t('people.totp.off') },
        { key: 'seen', title: t('people.seen'), narrow: true, cell: (one) => one.seen === null ? t('people.never') : <span class="num">{dateTime(one.seen)}</span> },
        { key: 'do', title: t('referrals.do'), wide: true, cell: (one) => <Switch person={one} onDone={live.reload} /> },
    ];

    return (
        <Page title={t('people.title')} lead={t('people.lead')}
            actions={may('user.add') && <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>{t('people.add')}</Button>}>
            <Await live={live}>{({ rows }) => (
                <div class="card flush"><Table caption={t('people.title')} rows={rows} rowKey={(one) => one.name} columns={columns} /></div>
            )}</Await>
            {adding && <Add onClose={() => setAdding(false)} onDone={live.reload} />}
        </Page>
    );
}
