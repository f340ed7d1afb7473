// One procedure: what a resident brings, where, what it costs, how long it takes;
// which form is in force today; a sheet to take home.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { command, may, serverNow, session, useLive } from '../api';
import { date, isoDay } from '../format';
import { Await, Badge, Box, Button, DateInput, Dialog, Empty, ErrorBox, Field, Form, FormEnd, Page, say } from '../look';
import { query, type Page as At } from '../router';
import { csvOf } from './csv';
import { t } from './i18n';
import type { Procedure } from './data';
import { Paper } from './parts';
import { hrefOf } from './procedures';

const days = (one: { valid_from: string | null; valid_to: string | null }): string =>
    one.valid_to === null ? one.valid_from === null ? t('procedure.days.always') : t('procedure.days.from', { from: date(one.valid_from) })
        : one.valid_from === null ? t('procedure.days.to', { to: date(one.valid_to) })
            : t('procedure.days.both', { from: date(one.valid_from), to: date(one.valid_to) });

const FACTS = ['who', 'papers', 'receiving_unit', 'channel', 'fee', 'time', 'notes', 'legal_basis'] as const;

function Forms({ one }: { one: Procedure }) {
    const sorted = [...one.forms].sort((a, b) => Number(b.holds) - Number(a.holds) || (b.valid_from ?? '').localeCompare(a.valid_from ?? ''));

    return (
        <section class="card" aria-labelledby="forms">
            <h2 id="forms">{t('procedure.forms')}</h2>
            {sorted.length === 0 ? <p class="quiet">{t('procedure.forms.none')}</p> : (
                <ul class="plain-rows">
                    {sorted.map((form) => (
                        <li key={form.name + form.valid_from} class="row">
                            {form.holds ? <strong>{form.name}</strong> : <s>{form.name}</s>}
                            <Badge tone={form.holds ? 'good' : 'plain'} icon={form.holds ? 'check' : 'clock'}>
                                {t(form.holds ? 'procedure.form.now' : (form.valid_from ?? '') > isoDay(serverNow()) ? 'procedure.form.later' : 'procedure.form.old')}</Badge>
                            <span class="soft">{days(form)}</span>
                        </li>
                    ))}
                </ul>
            )}
        </section>
    );
}

function Retire({ one, onClose, onDone }: { one: Procedure; onClose: () => void; onDone: () => void }) {
    const [last, setLast] = useState(isoDay(serverNow()));
    const [bad, setBad] = useState<string | undefined>();
    const [failed, setFailed] = useState<unknown>(null);
    const retire = async (): Promise<void> => {
        if (last === '' || last < one.valid_from)
            return setBad(t('procedure.retire.bad'));
        try {
            await command('procedure.import', { csv: csvOf({ ...one, valid_to: last }) });
            say(t('procedure.saved'));
            onClose();
            onDone();
        } catch (error) {
            setFailed(error);
        }
    };

    return (
        <Dialog title={t('procedure.retire.title')} onClose={onClose}>
            <Form onSubmit={() => void retire()}>
                <p>{t('procedure.retire.text')}</p>
                <ErrorBox error={failed} />
                <Field id="retire-last" label={t('procedure.retire.last')} error={bad}>
                    {(tie) => <DateInput {...tie} value={last} onChange={setLast} />}
                </Field>
                <FormEnd>
                    <Button submit kind="danger primary">{t('procedure.retire')}</Button>
                    <Button onClick={onClose}>{t('do.cancel')}</Button>
                </FormEnd>
            </Form>
        </Dialog>
    );
}

function Body({ one, others }: { one: Procedure; others: Procedure[] }) {
    const facts = FACTS.filter((name) => one[name]).map((name): [string, ComponentChildren] => [t(`procedure.${name}`), one[name]]);
    const valid = one.forms.filter((form) => form.holds).map((form) => form.name);

    return (
        <>
            <div class="stack no-print">
                {!one.holds && <Box tone="warn" title={t('procedure.not')}><p>{days(one)}</p></Box>}
                <div class="card">
                    <dl class="facts large">{facts.map(([label, value]) => [<dt key={label}>{label}</dt>, <dd key={`${label}.`} class="prewrap" lang="vi">{value}</dd>])}</dl>
                </div>
                <Forms one={one} />
                <p class="soft">{days(one)}{one.last_checked !== null && ` · ${t('procedure.checked', { day: date(one.last_checked) })}`}</p>
                {others.length > 0 && (
                    <section aria-labelledby="versions"><h2 id="versions">{t('procedure.versions')}</h2>
                        <ul class="plain-rows">{others.map((other) => <li key={other.valid_from} class="row">
                            <a href={hrefOf(other)}>{days(other)}</a>{other.holds && <Badge tone="good" icon="check">{t('procedure.form.now')}</Badge>}</li>)}</ul></section>
                )}
            </div>
            <Paper from={session.value?.name ?? ''} title={one.name}
                foot={`${one.code} · ${days(one)}${one.last_checked === null ? '' : ` · Rà soát ngày ${date(one.last_checked)}`} · In ngày ${date(serverNow())}`}>
                <dl class="paper-facts">
                    {facts.map(([label, value]) => [<dt key={label}>{label}</dt>, <dd key={`${label}.`} class="prewrap">{value}</dd>])}
                    {valid.length > 0 && [<dt key="forms">{t('procedure.forms')}</dt>, <dd key="forms.">{valid.join(', ')}</dd>]}
                </dl>
            </Paper>
        </>
    );
}

export default function ProcedurePage({ params }: At) {
    const live = useLive<{ rows: Procedure[] }>('/api/procedures?all=1', ['notices']);
    const from = query.value.get('from');
    const same = (live.data?.rows ?? []).filter((one) => one.code === params['code'])
        .sort((a, b) => b.valid_from.localeCompare(a.valid_from));
    const one = same.find((other) => other.valid_from === from) ?? same.find((other) => other.holds) ?? same[0];
    const [retiring, setRetiring] = useState(false);

    return (
        <Page title={one?.name ?? t('procedures.title')} back={{ href: '/procedures', label: t('procedures.title') }} lead={one?.code}
            beside={one && <Badge tone={one.holds ? 'good' : 'plain'} icon={one.holds ? 'done' : 'clock'}>{t(one.holds ? 'procedure.now' : 'procedure.old')}</Badge>}
            actions={one && <>
                {may('procedure.import') && <>
                    <Button icon="pen" href={`/procedures/edit?code=${encodeURIComponent(one.code)}&from=${one.valid_from}`}>{t('notice.do.edit')}</Button>
                    {one.valid_to === null && <Button icon="clock" onClick={() => setRetiring(true)}>{t('procedure.retire')}</Button>}
                </>}
                <Button kind="primary" icon="print" onClick={() => print()}>{t('procedure.print')}</Button></>}>
            <Await live={live}>{() => one === undefined ? <Empty icon="book" title={t('error.missing')} />
                : <Body one={one} others={same.filter((other) => other !== one)} />}</Await>
            {retiring && one && <Retire one={one} onClose={() => setRetiring(false)} onDone={live.reload} />}
        </Page>
    );
}
