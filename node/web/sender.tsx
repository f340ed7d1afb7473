// Who reported: sealed. Opened by one's own password, under the duty rule at once,
// under the custodian rule after consent. What was opened is in this page's memory
// alone and goes with it.
import { useEffect, useState } from 'preact/hooks';
import { ApiError, command, may, post, session, useLive } from 'lienxa/api';
import { time, when } from 'lienxa/format';
import { Badge, Box, Button, Dialog, ErrorBox, Field, Form, FormEnd, Input, Textarea, now, say } from 'lienxa/look';
import { t } from './i18n';
import type { Disclosure, Report } from './types';
import { shortId } from './words';

const SHOWN_MS = 5 * 60000; // then it is covered again

export interface Opened {
    name: string | null;
    phone: string | null;
    until: string | null;
}

// A password, then something with it. `go` throws what went wrong.
export function PasswordDialog(props: {
    title: string;
    children: preact.ComponentChildren;
    yes: string;
    refused: string; // in place of "refused"
    go: (password: string) => Promise<void | false>; // false: something else is missing
    onClose: () => void;
    onCancel?: () => void; // when it was not done
}) {
    const cancel = props.onCancel ?? props.onClose;
    const [password, setPassword] = useState('');
    const [bad, setBad] = useState<string | undefined>();
    const [failed, setFailed] = useState<unknown>(null);
    const [busy, setBusy] = useState(false);
    const give = async (): Promise<void> => {
        if (busy)
            return;
        if (password === '')
            return setBad(t('field.empty'));
        setBusy(true);
        setBad(undefined);
        setFailed(null);
        try {
            if (await props.go(password) === false)
                return setBusy(false);
            props.onClose();
        } catch (error) {
            if (error instanceof ApiError && (error.code === 'refused' || error.code === 'missing' || error.code === 'login'))
                setBad(props.refused);
            else
                setFailed(error);
            setBusy(false);
        }
    };

    return (
        <Dialog title={props.title} onClose={cancel}>
            <Form onSubmit={() => void give()}>
                {props.children}
                <ErrorBox error={failed} />
                <Field id="own-password" label={t('sender.password')} error={bad}>
                    {(tie) => <Input {...tie} type="password" value={password} onInput={setPassword} autofocus
                        autocomplete="current-password" />}
                </Field>
                <FormEnd>
                    <Button submit kind="primary" icon="key" busy={busy}>{props.yes}</Button>
                    <Button onClick={cancel}>{t('do.cancel')}</Button>
                </FormEnd>
            </Form>
        </Dialog>
    );
}

function Ask({ report, onClose, onDone }: { report: Report; onClose: () => void; onDone: () => void }) {
    const [reason, setReason] = useState('');
    const [bad, setBad] = useState<string | undefined>();
    const [failed, setFailed] = useState<unknown>(null);
    const ask = async (): Promise<void> => {
        if (reason.trim() === '')
            return setBad(t('need.reason'));
        try {
            await command('disclosure.request', { report: report.id, reason: reason.trim() });
            say(t('sender.asked'));
            onClose();
            onDone();
        } catch (error) {
            setFailed(error);
        }
    };

    return (
        <Dialog title={t('sender.ask.title')} onClose={onClose}>
            <Form onSubmit={() => void ask()}>
                <ErrorBox error={failed} />
                <Field id="ask-reason" label={t('sender.ask.reason')} required hint={t('sender.ask.hint')} error={bad}>
                    {(tie) => <Textarea {...tie} value={reason} onInput={setReason} rows={3} limit={300} autofocus />}
                </Field>
                <FormEnd>
                    <Button submit kind="primary">{t('sender.ask.go')}</Button>
                    <Button onClick={onClose}>{t('do.cancel')}</Button>
                </FormEnd>
            </Form>
        </Dialog>
    );
}

function Consent({ one }: { one: Disclosure }) {
    const mine = one.asked_by === session.value?.user;

    if (one.state === 'asked')
        return <p>{t('sender.state.asked', { user: one.asked_by, time: when(one.asked, now()) })}</p>;
    if (one.state === 'open')
        return <p>{t(mine ? 'sender.state.open' : 'sender.state.open.other',
            { user: mine ? one.decided_by ?? '' : one.asked_by, time: time(one.until) })}</p>;
    if (one.state === 'refused')
        return <p>{t('sender.state.refused', { user: one.decided_by ?? '', reason: one.refusal ?? '–' })}</p>;
    return null;
}

function Shown({ opened, onHide }: { opened: Opened; onHide: () => void }) {
    useEffect(() => {
        const timer = setTimeout(onHide, SHOWN_MS);

        return () => clearTimeout(timer);
    }, []);
    return (
        <Box tone="warn" live>
            <dl class="facts">
                <dt>{t('sender.name')}</dt><dd><strong>{opened.name ?? '–'}</strong></dd>
                <dt>{t('sender.phone')}</dt>
                <dd>{opened.phone === null ? '–' : <a class="num" href={`tel:${opened.phone}`}><strong>{opened.phone}</strong></a>}</dd>
            </dl>
            <p class="quiet">{opened.until !== null && `${t('sender.until', { time: time(opened.until) })} `}{t('sender.written')}</p>
            <Button small icon="lock" onClick={onHide}>{t('sender.hide')}</Button>
        </Box>
    );
}

export function Sender({ report }: { report: Report }) {
    const custodian = report.sender.key === 'custodian';
    const list = useLive<{ rows: Disclosure[] }>(report.sender.present && custodian ? '/api/disclosures' : null, ['disclosures']);
    const latest = list.data?.rows.find((one) => one.report === report.id && one.rule === 'custodian');
    const [dialog, setDialog] = useState<'' | 'open' | 'ask'>('');
    const [opened, setOpened] = useState<Opened | null>(null);
    const mine = latest?.state === 'open' && latest.asked_by === session.value?.user;
    const canOpen = may('disclosure.open') && (!custodian || mine);
    const canAsk = custodian && may('disclosure.request') && latest?.state !== 'asked' && latest?.state !== 'open';

    if (!report.sender.present)
        return <section class="card no-print"><h2>{t('sender.title')}</h2><p class="quiet">{t('sender.none')}</p></section>;
    return (
        <section class="card stack no-print" aria-labelledby="sender">
            <div class="row"><h2 id="sender">{t('sender.title')}</h2><Badge tone="violet" icon="lock">{shortId(report.id)}</Badge></div>
            <p class="soft">{t(custodian ? 'sender.custodian' : 'sender.duty')}</p>
            {latest && <Consent one={latest} />}
            {opened !== null ? <Shown opened={opened} onHide={() => setOpened(null)} /> : (
                <div class="row">
                    {canOpen && <Button small icon="key" onClick={() => setDialog('open')}>{t('sender.open')}</Button>}
                    {canAsk && <Button small icon="key" onClick={() => setDialog('ask')}>{t('sender.ask')}</Button>}
                </div>
            )}
            {dialog === 'ask' && <Ask report={report} onClose={() => setDialog('')} onDone={list.reload} />}
            {dialog === 'open' && (
                <PasswordDialog title={t('sender.open.title')} yes={t('sender.go')} refused={t('sender.refused')}
                    onClose={() => setDialog('')}
                    go={async (password) => setOpened(await post<Opened>('/api/disclosure/open',
                        { disclosure: custodian && latest ? latest.id : report.id, password: password.normalize('NFC') }))}>
                    <p>{t('sender.open.why')}</p>
                </PasswordDialog>
            )}
        </section>
    );
}
