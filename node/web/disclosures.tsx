// Who asked to see a sender, who consented, who looked.
import { useState } from 'preact/hooks';
import { command, may, post, session, useLive } from 'lienxa/api';
import { time, when } from 'lienxa/format';
import {
    Await, Badge, Button, Dialog, Empty, ErrorBox, Field, Form, FormEnd, Page, Table, Textarea, now, say, type Column, type Tone,
} from 'lienxa/look';
import type { Page as At } from 'lienxa/router';
import { t } from './i18n';
import { PasswordDialog } from './sender';
import type { Disclosure } from './types';
import { categoryName, isAuditor, overtaken, shortId, useCatalogue } from './words';

function Refuse({ one, onClose, onDone }: { one: Disclosure; onClose: () => void; onDone: () => void }) {
    const [reason, setReason] = useState('');
    const [bad, setBad] = useState<string | undefined>();
    const [failed, setFailed] = useState<unknown>(null);
    const refuse = async (): Promise<void> => {
        if (reason.trim() === '')
            return setBad(t('need.reason'));
        try {
            await command('disclosure.refuse', { disclosure: one.id, reason: reason.trim() });
            say(t('disclosures.refused'));
        } catch (error) {
            if (!overtaken(error))
                return setFailed(error);
            say(t('disclosures.fail'), 'warn');
        }
        onClose();
        onDone();
    };

    return (
        <Dialog title={t('disclosures.refuse.title')} onClose={onClose}>
            <Form onSubmit={() => void refuse()}>
                <ErrorBox error={failed} />
                <Field id="refuse-reason" label={t('disclosures.refuse.reason')} required error={bad}>
                    {(tie) => <Textarea {...tie} value={reason} onInput={setReason} rows={3} limit={300} autofocus />}
                </Field>
                <FormEnd>
                    <Button submit kind="primary">{t('disclosures.refuse').replace('…', '')}</Button>
                    <Button onClick={onClose}>{t('do.cancel')}</Button>
                </FormEnd>
            </Form>
        </Dialog>
    );
}

function Decide({ one, onDone }: { one: Disclosure; onDone: () => void }) {
    const [dialog, setDialog] = useState<'' | 'yes' | 'no'>('');
    const close = (): void => setDialog('');

    if (one.state !== 'asked' || !may('disclosure.approve') || one.asked_by === session.value?.user)
        return null;
    return (
        <div class="row">
            <Button small icon="check" onClick={() => setDialog('yes')}>{t('disclosures.approve')}</Button>
            <Button small onClick={() => setDialog('no')}>{t('disclosures.refuse')}</Button>
            {dialog === 'no' && <Refuse one={one} onClose={close} onDone={onDone} />}
            {dialog === 'yes' && (
                <PasswordDialog title={t('disclosures.approve.title', { user: one.asked_by })} onClose={close}
                    yes={t('disclosures.approve').replace('…', '')} refused={t('disclosures.fail')}
                    go={async (password) => {
                        await post('/api/disclosure/approve', { disclosure: one.id, password: password.normalize('NFC') });
                        say(t('disclosures.approved'));
                        onDone();
                    }}>
                    <p class="prewrap">“{one.reason}”</p>
                    <p>{t('disclosures.approve.text', { user: one.asked_by })}</p>
                </PasswordDialog>
            )}
        </div>
    );
}

const TONES: Record<Disclosure['state'], Tone> = { asked: 'warn', open: 'accent', over: 'plain', refused: 'plain', expired: 'plain' };

function StateOf({ one }: { one: Disclosure }) {
    const text = one.rule === 'duty' ? t('disclosures.state.duty') : t(`disclosures.state.${one.state}`, { time: time(one.until) });

    return <><Badge tone={TONES[one.state]}>{text}</Badge>
        {one.decided_by !== null && <span class="sub quiet">{one.decided_by}, <span class="num">{when(one.decided, now())}</span></span>}
        {one.refusal !== null && <span class="sub quiet">{one.refusal}</span>}</>;
}

function columns(onDone: () => void): Column<Disclosure>[] {
    return [
        { key: 'report', title: t('disclosures.report'), head: true, wide: true, cell: (one) => (
            <>{isAuditor() ? shortId(one.report) : <a href={`/reports/${one.report}`}>{shortId(one.report)}</a>}
                {one.category !== null && <span class="sub quiet">{categoryName(one.category)}</span>}</>
        ) },
        { key: 'who', title: t('disclosures.who'), cell: (one) => <>{one.asked_by}<span class="sub quiet num">{when(one.asked, now())}</span></> },
        { key: 'reason', title: t('disclosures.reason'), wide: true, cell: (one) => <span class="prewrap">{one.reason ?? '–'}</span> },
        { key: 'state', title: t('disclosures.state'), cell: (one) => <StateOf one={one} /> },
        { key: 'openings', title: t('disclosures.openings'), cell: (one) => one.openings === 0 ? t('disclosures.notyet')
            : t('disclosures.times', { n: one.openings, time: when(one.opened, now()) }) },
        { key: 'do', title: t('referrals.do'), wide: true, cell: (one) => <Decide one={one} onDone={onDone} /> },
    ];
}

export function Disclosures(_: At) {
    const live = useLive<{ rows: Disclosure[] }>('/api/disclosures', ['disclosures']);

    useCatalogue();
    return (
        <Page title={t('disclosures.title')} lead={t('disclosures.lead')}>
            <Await live={live}>{({ rows }) => (
                <div class="card flush">
                    <Table caption={t('disclosures.title')} rows={rows} rowKey={(one) => one.id} columns={columns(live.reload)}
                        urgent={() => false} empty={<Empty title={t('disclosures.none')} icon="lock" />} />
                </div>
            )}</Await>
        </Page>
    );
}

export default Disclosures;
