// Passing a report on, and answering one that was passed on to us.
import { useState } from 'preact/hooks';
import { command, may } from 'lienxa/api';
import { dateTime } from 'lienxa/format';
import { Badge, Box, Button, Dialog, ErrorBox, Field, Form, FormEnd, Select, Textarea, say, type Tone } from 'lienxa/look';
import { go } from 'lienxa/router';
import { t } from './i18n';
import type { vi } from './i18n/vi';
import type { Referral, Report } from './types';
import { districtName, findPhone, overtaken, shortId, status, unitName, useCatalogue, word } from './words';

// ---- passing on

export function ReferDialog(props: { report: Report; onClose: () => void; onDone: () => void; onStale: () => void }) {
    const { report, onClose } = props;
    const [to, setTo] = useState('');
    const [failed, setFailed] = useState<unknown>(null);
    const list = useCatalogue();
    const district = districtName();
    const leaves = [report.text ?? '', ...(report.notes ?? []).map((one) => one.text), ...report.attachments.map((one) => one.name)];
    const phone = leaves.map(findPhone).find((one) => one !== null) ?? null;
    const others = (list?.units ?? []).filter((one) => one.name !== status.value?.name && one.name !== district);
    const refer = async (): Promise<void> => {
        try {
            await command('report.refer', { report: report.id, ...(to === '' ? {} : { to }) });
            say(t('refer.done'));
            onClose();
            props.onDone();
        } catch (error) {
            if (!overtaken(error))
                return setFailed(error);
            onClose();
            props.onStale();
        }
    };

    return (
        <Dialog title={t('refer.title', { id: shortId(report.id) })} onClose={onClose}>
            <Form onSubmit={() => void refer()}>
                <ErrorBox error={failed} />
                <Field id="refer-to" label={t('refer.to')}>
                    {(tie) => <Select {...tie} value={to} onChange={setTo} empty={t('refer.district', { district })}
                        options={others.map((one) => ({ value: one.slug, label: one.name }))} />}
                </Field>
                <p>{t('refer.what')}</p>
                {phone !== null && <Box tone="warn"><p>{t('refer.phone', { phone: phone.trim() })}</p></Box>}
                <FormEnd>
                    <Button submit kind="primary" icon="send">{t('refer.go')}</Button>
                    <Button onClick={onClose}>{t('do.cancel')}</Button>
                </FormEnd>
            </Form>
        </Dialog>
    );
}

// ---- where it is

const TONES: Record<Referral['stage'], Tone> = {
    waiting: 'warn', accepted: 'accent', refused: 'plain', returned: 'plain', done: 'good',
};

export function Stage({ referral }: { referral: Referral }) {
    return <Badge tone={TONES[referral.stage]} icon="send">
        {t(`referral.${referral.stage}.${referral.direction}` as keyof typeof vi, { name: unitName(referral.unit) })}</Badge>;
}

// ---- answering

const ANSWERS = {
    refuse: { command: 'referral.refuse', label: 'referral.refuse', title: 'referral.refuse.title', reason: 'referral.reason', done: 'referral.refused' },
    return: { command: 'referral.return', label: 'referral.return', title: 'referral.return.title', reason: 'referral.reason', done: 'referral.returned' },
    done: { command: 'referral.done', label: 'referral.finish', title: 'referral.finish.title', reason: 'referral.result', done: 'referral.finished' },
} as const;
type Answer = keyof typeof ANSWERS;

function AnswerDialog(props: { referral: Referral; answer: Answer; onClose: () => void; onDone: () => void }) {
    const words = ANSWERS[props.answer];
    const name = unitName(props.referral.unit);
    const [text, setText] = useState('');
    const [bad, setBad] = useState<string | undefined>();
    const [failed, setFailed] = useState<unknown>(null);
    const answer = async (): Promise<void> => {
        if (text.trim() === '')
            return setBad(t('need.reason'));
        try {
            await command(words.command, { referral: props.referral.id, text: text.trim() });
            say(t(words.done));
        } catch (error) {
            if (!overtaken(error))
                return setFailed(error);
            say(t('referral.late'), 'warn');
        }
        props.onClose();
        props.onDone();
    };

    return (
        <Dialog title={t(words.title, { name })} onClose={props.onClose}>
            <Form onSubmit={() => void answer()}>
                <ErrorBox error={failed} />
                <Field id="answer-text" label={t(words.reason)} required hint={t('referral.reason.hint', { name })} error={bad}>
                    {(tie) => <Textarea {...tie} value={text} onInput={setText} rows={3} autofocus />}
                </Field>
                <FormEnd>
                    <Button submit kind="primary">{t(words.label).replace('…', '')}</Button>
                    <Button onClick={props.onClose}>{t('do.cancel')}</Button>
                </FormEnd>
            </Form>
        </Dialog>
    );
}

export function AnswerButtons({ referral, onDone, see }: { referral: Referral; onDone: () => void; see?: boolean }) {
    const [asked, setAsked] = useState<Answer | null>(null);
    const [failed, setFailed] = useState<unknown>(null);
    const accept = async (): Promise<void> => {
        try {
            const { id } = await command<{ id: string }>('referral.accept', { referral: referral.id });

            say(t('referral.accepted'));
            go(`/reports/${id}`);
        } catch (error) {
            if (!overtaken(error))
                return setFailed(error);
            say(t('referral.late'), 'warn');
            onDone();
        }
    };
    const here = referral.direction === 'out' ? referral.report : referral.copy;
    const inbound = referral.direction === 'in' && may('referral.accept');

    return (
        <div class="row">
            <ErrorBox error={failed} />
            {inbound && referral.stage === 'waiting' && (
                <>
                    <Button small icon="check" onClick={accept}>{t('referral.accept')}</Button>
                    <Button small onClick={() => setAsked('refuse')}>{t('referral.refuse')}</Button>
                </>
            )}
            {see && here !== null && <Button small href={`/reports/${here}`}>{t('referral.see')}</Button>}
            {inbound && referral.stage === 'accepted' && (
                <>
                    <Button small icon="done" onClick={() => setAsked('done')}>{t('referral.finish')}</Button>
                    <Button small onClick={() => setAsked('return')}>{t('referral.return')}</Button>
                </>
            )}
            {asked !== null && <AnswerDialog referral={referral} answer={asked} onClose={() => setAsked(null)} onDone={onDone} />}
        </div>
    );
}

// On the page of a report that was passed on, or came from elsewhere.
export function Passed({ report, onDone }: { report: Report; onDone: () => void }) {
    const { referral } = report;

    if (referral === null)
        return null;
    return (
        <section class="card stack" aria-labelledby="passed">
            <h2 id="passed">{t(referral.direction === 'out' ? 'referral.out' : 'referral.in', { name: unitName(referral.unit) })}</h2>
            <p><Stage referral={referral} /></p>
            <ol class="trail">
                {(report.passed_on ?? []).map((event) => (
                    <li key={`${event.at}-${event.what}`}>
                        <strong class="first-up">{word('referral.event', event.what).replace('{name}', unitName(event.unit))}</strong>
                        <div class="sub num">{dateTime(event.at)}{event.by !== null && ` · ${event.by}`}</div>
                        {event.reason !== null && <p class="prewrap">{event.reason}</p>}
                    </li>
                ))}
            </ol>
            <div class="no-print"><AnswerButtons referral={referral} onDone={onDone} /></div>
        </section>
    );
}
