// What the communes pass on: to the district (we answer) and to each other.
import { useState } from 'preact/hooks';
import { command, may, useLive } from 'lienxa/api';
import { dateTime, when } from 'lienxa/format';
import {
    Ago, Await, Badge, Button, Dialog, Empty, ErrorBox, Field, Form, FormEnd, Icon, Page, Table, Textarea, Urgent, now, say,
    sayError, type Column, type IconName, type Tone,
} from 'lienxa/look';
import { path } from 'lienxa/router';
import { t } from './i18n';
import { role, useNames, word } from './data';

export interface Referral {
    id: string;
    unit: string;
    to: string;
    report: string;
    stage: string;
    owner: string;
    offered: string;
    answered: string | null;
    by: string | null;
    reason: string | null;
    category: string;
    urgent: boolean;
    village: string | null;
    received: string;
    erased: boolean;
    text: string | null;
    place?: string | null;
    notes?: { at: string; by: string; text: string }[];
}

// enum referral_answer (common/domain/referral.h)
const ANSWERS = { accept: 1, refuse: 2, return: 3, done: 4 } as const;
type Verb = keyof typeof ANSWERS;

const STAGE: Record<string, { tone: Tone; icon: IconName }> = {
    waiting: { tone: 'warn', icon: 'clock' }, accepted: { tone: 'accent', icon: 'check' },
    refused: { tone: 'plain', icon: 'close' }, returned: { tone: 'plain', icon: 'left' }, done: { tone: 'good', icon: 'done' },
};

export function Stage({ stage }: { stage: string }) {
    return <Badge tone={STAGE[stage]?.tone ?? 'plain'} icon={STAGE[stage]?.icon ?? 'info'}>{word('stage', stage)}</Badge>;
}

function ReasonDialog({ verb, onClose, onSend }: { verb: Verb; onClose: () => void; onSend: (reason: string) => Promise<void> }) {
    const [reason, setReason] = useState('');
    const [wrong, setWrong] = useState<string | undefined>();
    const [failed, setFailed] = useState<unknown>(null);
    const send = async (): Promise<void> => {
        if (reason.trim() === '')
            return setWrong(t('referral.reason.need'));
        try {
            await onSend(reason.trim());
            onClose();
        } catch (error) {
            setFailed(error);
        }
    };

    return (
        <Dialog title={t(`verb.${verb}`)} onClose={onClose}>
            <Form onSubmit={() => void send()}>
                <ErrorBox error={failed} />
                <Field id="referral-reason" label={t('referral.reason')} hint={t('referral.reason.hint')} required error={wrong}>
                    {(tie) => <Textarea {...tie} value={reason} onInput={setReason} rows={3} limit={1000} autofocus />}
                </Field>
                <FormEnd>
                    <Button submit kind="primary">{t(`verb.${verb}`)}</Button>
                    <Button onClick={onClose}>{t('do.cancel')}</Button>
                </FormEnd>
            </Form>
        </Dialog>
    );
}

// Where it stands, and what the district can do about it.
export function Answer({ referral }: { referral: Referral }) {
    const [asking, setAsking] = useState<Verb | null>(null);
    const names = useNames();
    const ours = referral.to === 'district' && may('referral.answer');
    const verbs: Verb[] = !ours ? [] : referral.stage === 'waiting' ? ['accept', 'refuse']
        : referral.stage === 'accepted' ? ['done', 'return'] : [];
    const send = async (verb: Verb, text?: string): Promise<void> => {
        await command('referral.answer', { referral: referral.id, answer: ANSWERS[verb], ...(text ? { text } : {}) });
        say(t(`said.${verb}`));
    };

    return (
        <div class="stack tight">
            <p class="row"><Stage stage={referral.stage} />
                <span class="soft">{t('referral.way', { from: names.unit(referral.unit), to: names.unit(referral.to) })} · <Ago at={referral.offered} /></span></p>
            {referral.answered && <p class="soft">{t('referral.answered', { by: referral.by || names.unit(referral.to), time: dateTime(referral.answered) })}
                {referral.reason && <>: {referral.reason}</>}</p>}
            {referral.notes && referral.notes.length > 0 && (
                <ul class="notes">{referral.notes.map((note) => (
                    <li key={note.at}><span class="soft">{dateTime(note.at)} · {note.by}</span><p>{note.text}</p></li>
                ))}</ul>
            )}
            {verbs.length > 0 && (
                <div class="row">
                    {verbs.map((verb, i) => (
                        <Button key={verb} {...(i === 0 ? { kind: 'primary' as const } : {})}
                            onClick={() => verb === 'refuse' || verb === 'return' ? setAsking(verb) : send(verb).catch(sayError)}>{t(`verb.${verb}`)}</Button>
                    ))}
                </div>
            )}
            {asking && <ReasonDialog verb={asking} onClose={() => setAsking(null)} onSend={(reason) => send(asking, reason)} />}
        </div>
    );
}

function Waiting({ one }: { one: Referral }) {
    const names = useNames();

    return (
        <article class="card stack">
            <h3 class="row"><a href={`/reports/${one.report}`}>{names.category(one.category)}</a>{one.urgent && <Urgent />}
                <span class="soft plain-weight">{names.unit(one.unit)}{one.village && ` · ${one.village}`}</span></h3>
            <p class="prewrap measure">{one.erased ? t('report.erased') : one.text ?? t('referral.noWords')}</p>
            <Answer referral={one} />
        </article>
    );
}

// What is urgent and waits for the district's yes: it rings until it has one.
export function useUrgentOffers(): Referral[] {
    const rows = useLive<{ rows: Referral[] }>(role('duty') ? '/api/referrals' : null, ['referrals']).data?.rows ?? [];

    return rows.filter((row) => row.to === 'district' && row.stage === 'waiting' && row.urgent);
}

// On every other page of the duty officer: one line.
export function OfferBar({ offers }: { offers: Referral[] }) {
    const first = offers[0];
    const names = useNames();

    if (first === undefined || path.value === '/referrals' || path.value === `/reports/${first.report}`)
        return null;
    return (
        <div class="banner above no-print" role="region" aria-label={t('referral.bar')}>
            <Icon name="bell" />
            <div class="banner-in">
                <h2>{t('referral.bar.title', { n: offers.length })}</h2>
                <p>{names.unit(first.unit)} · {names.category(first.category)} · <Ago at={first.offered} /></p>
            </div>
            <Button href={offers.length === 1 ? `/reports/${first.report}` : '/referrals'}>{t('referral.bar.open')}</Button>
        </div>
    );
}

export function Referrals() {
    const live = useLive<{ rows: Referral[] }>('/api/referrals', ['referrals']);
    const names = useNames();
    const columns: Column<Referral>[] = [
        { key: 'what', title: t('reports.what'), head: true, wide: true, cell: (row) => (
            <>{names.category(row.category)} {row.urgent && <Urgent />}{row.text && <span class="sub clip">{row.text}</span>}</>
        ) },
        { key: 'from', title: t('referral.from'), sort: (row) => names.unit(row.unit), cell: (row) => names.unit(row.unit) },
        { key: 'to', title: t('referral.to'), sort: (row) => names.unit(row.to), cell: (row) => names.unit(row.to) },
        { key: 'stage', title: t('report.state'), sort: (row) => row.stage, cell: (row) => <Stage stage={row.stage} /> },
        { key: 'offered', title: t('referral.offered'), narrow: true, sort: (row) => row.offered, cell: (row) => when(row.offered, now()) },
        { key: 'reason', title: t('referral.reason'), cell: (row) => row.reason ?? '–' },
    ];

    return (
        <Page title={t('referral.title')} lead={t('referral.lead')}>
            <Await live={live}>{({ rows }) => {
                const mine = rows.filter((row) => row.to === 'district' && (row.stage === 'waiting' || row.stage === 'accepted'));
                const rest = rows.filter((row) => !mine.includes(row));

                return (
                    <div class="stack loose">
                        <section class="stack" aria-labelledby="mine">
                            <h2 id="mine">{t('referral.mine')}</h2>
                            {mine.length === 0 ? <div class="card"><Empty title={t('referral.none')} icon="done" /></div>
                                : mine.map((one) => <Waiting key={one.id} one={one} />)}
                        </section>
                        {rest.length > 0 && (
                            <section class="stack" aria-labelledby="others">
                                <h2 id="others">{t('referral.others')}</h2>
                                <div class="card flush">
                                    <Table caption={t('referral.others')} columns={columns} rows={rest} rowKey={(row) => row.id}
                                        href={(row) => `/reports/${row.report}`} urgent={(row) => row.urgent && row.stage === 'waiting'} />
                                </div>
                            </section>
                        )}
                    </div>
                );
            }}</Await>
        </Page>
    );
}
