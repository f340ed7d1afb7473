// Writes an alert: from a template, to communes by tile, with the picture of what
// the posts will see beside it. What is typed survives a reload.
import { useEffect, useState } from 'preact/hooks';
import { command, may, session, serverNow, useLive } from 'lienxa/api';
import { useDraft } from 'lienxa/drafts';
import { duration, when } from 'lienxa/format';
import { language } from 'lienxa/i18n';
import {
    Button, Confirm, Empty, ErrorBox, Field, Form, FormEnd, FormErrors, Icon, Input, Page, Radios, Select, Severity,
    Textarea, now, say, type Errors,
} from 'lienxa/look';
import { go, query } from 'lienxa/router';
import { t } from './i18n';
import type { AlertData } from './alert';
import { useNames, word, type Template, type Unit } from './data';

const HOURS = [1, 2, 3, 4, 6, 12, 24, 48, 72];
const HEADLINE = 160; // characters, as common/domain/alert.h counts them
const TEXT = 8000;

interface Draft {
    template: string;
    event: string;
    headline: string;
    text: string;
    severity: string;
    hours: string;
    all: boolean;
    to: string[];
}
interface Issued {
    id: string;
    clock_off_ms?: number; // by how much the communes' clocks are ahead of this machine's
}
const BLANK: Draft = { template: '', event: '', headline: '', text: '', severity: 'severe', hours: '6', all: true, to: [] };

// What a template leaves to be filled in: "[nơi]".
const gaps = (text: string): string[] => [...new Set(text.match(/\[[^\]\n]{1,60}\]/g) ?? [])];
const hoursOf = (text: string): string => {
    const found = /^(\d+)([hd])$/.exec(text);

    return found === null ? '6' : String(Number(found[1]) * (found[2] === 'd' ? 24 : 1));
};

function check(draft: Draft, update: boolean): Errors {
    const errors: Errors = {};
    const open = gaps(`${draft.headline}\n${draft.text}`);

    if (draft.headline.trim() === '')
        errors['headline'] = t('compose.need.headline');
    else if ([...draft.headline.trim().normalize('NFC')].length > HEADLINE)
        errors['headline'] = t('compose.long.headline');
    if (draft.text.trim() === '')
        errors['text'] = t('compose.need.text');
    else if (open.length > 0)
        errors['text'] = t('compose.need.gaps', { gaps: open.join(', ') });
    if (!update && !draft.all && draft.to.length === 0)
        errors['to'] = t('compose.need.to');
    return errors;
}

// As the desk of a commune shows it (node/web/shell.tsx): the same classes, the same words.
export function Preview({ draft }: { draft: Draft }) {
    const expires = serverNow() + Number(draft.hours) * 3600000;

    return (
        <div class="preview" aria-live="off">
            <div class={`banner ${draft.severity}`}>
                <Icon name="horn" />
                <div class="banner-in">
                    <p class="banner-title">{draft.headline || t('compose.headline')}</p>
                    <p>
                        <Severity severity={draft.severity} />{' '}
                        {t('alerts.valid', { issued: when(now(), now()), expires: when(expires, now()) })}
                    </p>
                </div>
                <span class="button"><Icon name="check" />{t('compose.preview.ack')}</span>
            </div>
            <p class="prewrap alert-text">{draft.text || t('compose.text')}</p>
        </div>
    );
}

function Targets(props: { units: readonly Unit[]; draft: Draft; error: string | undefined; set: (change: Partial<Draft>) => void }) {
    const { units, draft, set } = props;
    const chosen = (slug: string): boolean => draft.all || draft.to.includes(slug);
    const flip = (slug: string): void => {
        const before = draft.all ? units.map((unit) => unit.unit) : draft.to;
        const to = before.includes(slug) ? before.filter((one) => one !== slug) : [...before, slug];

        set(to.length === units.length ? { all: true, to: [] } : { all: false, to });
    };

    return (
        <fieldset class={props.error ? 'field bad' : 'field'} id="to" tabIndex={-1}>
            <legend class="label">{t('compose.to')}</legend>
            {props.error && <span class="wrong"><Icon name="danger" />{props.error}</span>}
            <div class="row">
                <Button small {...(draft.all ? { icon: 'check' as const } : {})} onClick={() => set({ all: true, to: [] })}>{t('compose.all', { n: units.length })}</Button>
                <Button small kind="plain" onClick={() => set({ all: false, to: [] })}>{t('compose.nobody')}</Button>
                <span class="soft" role="status">{t('compose.chosen', { n: draft.all ? units.length : draft.to.length, of: units.length })}</span>
            </div>
            <div class="targets">
                {units.map((unit) => (
                    <button type="button" key={unit.unit} class="target" aria-pressed={chosen(unit.unit)}
                        onClick={() => flip(unit.unit)}>
                        <Icon name={chosen(unit.unit) ? 'done' : 'plus'} />{unit.name}
                    </button>
                ))}
            </div>
        </fieldset>
    );
}

function Templates({ list, chosen, take }: { list: readonly Template[]; chosen: string; take: (one: Template | null) => void }) {
    const word = (one: Template): string => one[language.value].headline.replace(/\s*\[[^\]]*\]/g, ' …');

    return (
        <Field id="template" label={t('compose.template')} hint={t('compose.template.hint')}>
            {(tie) => <Select {...tie} value={chosen} empty={t('compose.template.none')}
                onChange={(id) => take(list.find((one) => one.id === id) ?? null)}
                options={list.map((one) => ({ value: one.id, label: word(one) }))} />}
        </Field>
    );
}

export default function Compose() {
    const of = query.value.get('of');
    const before = useLive<AlertData>(of === null ? null : `/api/alerts/${of}`, ['alerts']).data;
    const names = useNames();
    const draft = useDraft<Draft>(of === null ? 'alert' : `alert.${of}`, BLANK);
    const value = draft.value.value;
    const [errors, setErrors] = useState<Errors>({});
    const [failed, setFailed] = useState<unknown>(null);
    const [asking, setAsking] = useState(false);
    const units = names.catalogue?.units ?? [];
    const severities = ['extreme', 'severe', 'moderate', 'minor'];

    // An update begins with what was said.
    useEffect(() => {
        if (before !== undefined && draft.found === null && value.headline === '')
            draft.set({ headline: before.headline, text: before.text, severity: before.severity, event: before.event });
    }, [before]);
    const take = (one: Template | null): void => {
        draft.set(one === null ? { template: '', event: '' } : { template: one.id, event: one.event,
            severity: one.severity, hours: hoursOf(one.expires), ...one[language.value] });
    };
    const ask = (): void => {
        const wrong = check(value, of !== null);

        setErrors(wrong);
        setFailed(null);
        if (Object.keys(wrong).length === 0)
            setAsking(true);
    };
    const issue = async (): Promise<void> => {
        const said = { headline: value.headline.trim(), text: value.text.trim(), severity: value.severity, expires: `${value.hours}h` };

        try {
            const { id, clock_off_ms: off } = of !== null
                ? await command<Issued>('alert.update', { alert: of, ...said }, { id: draft.id })
                : await command<Issued>('alert.issue', { event: value.event || value.template || 'other', ...said,
                    ...(value.all ? {} : { to: value.to.join(',') }) }, { id: draft.id });

            draft.drop();
            say(t('compose.done'));
            if (off !== undefined)
                say(t(off > 0 ? 'compose.clock.behind' : 'compose.clock.ahead', { span: duration(off) }), 'warn');
            go(`/alerts/${id}`);
        } catch (error) {
            setAsking(false);
            setFailed(error);
        }
    };

    if (!may(of === null ? 'alert.issue' : 'alert.update'))
        return <Page title={t('compose.title')}><Empty title={t('error.forbidden')} icon="lock" /></Page>;
    return (
        <Page title={t(of === null ? 'compose.title' : 'compose.update')} lead={t('compose.lead')}
            back={{ href: '/alerts', label: t('alerts.title') }}>
            <div class="compose">
                <div class="card">
                    <Form onSubmit={ask} label={t('compose.title')}>
                        <FormErrors errors={errors} />
                        <ErrorBox error={failed} />
                        {of === null && <Templates list={names.catalogue?.templates ?? []} chosen={value.template} take={take} />}
                        <Radios name="severity" label={t('alerts.severity')} value={value.severity}
                            onChange={(severity) => draft.set({ severity })}
                            options={severities.map((one) => ({ value: one, label: word('severity', one), hint: word('compose.severity', one) }))} />
                        <Field id="headline" label={t('compose.headline')} hint={t('compose.headline.hint')} required error={errors['headline']}>
                            {(tie) => <Input {...tie} value={value.headline} onInput={(headline) => draft.set({ headline })} />}
                        </Field>
                        <Field id="text" label={t('compose.text')} hint={t('compose.text.hint')} required error={errors['text']}>
                            {(tie) => <Textarea {...tie} value={value.text} rows={7} limit={TEXT} onInput={(text) => draft.set({ text })} />}
                        </Field>
                        <Field id="hours" label={t('compose.hours')}>
                            {(tie) => <Select {...tie} value={value.hours} width="short" onChange={(hours) => draft.set({ hours })}
                                options={HOURS.map((n) => ({ value: String(n), label: n < 24 ? t('time.hours', { n }) : t('time.days', { n: n / 24 }) }))} />}
                        </Field>
                        {of === null && <Targets units={units} draft={value} error={errors['to']} set={draft.set} />}
                        <FormEnd>
                            <Button submit kind="danger primary" icon="horn">{t(of === null ? 'compose.issue' : 'compose.issue.update')}</Button>
                            <Button kind="plain" onClick={() => draft.drop()}>{t('draft.drop')}</Button>
                        </FormEnd>
                    </Form>
                </div>
                <section class="card stack compose-side" aria-labelledby="preview">
                    <h2 id="preview">{t('compose.preview')}</h2>
                    <Preview draft={value} />
                </section>
            </div>
            {asking && (
                <Confirm title={t('compose.ask')} yes={t(of === null ? 'compose.issue' : 'compose.issue.update')} danger onYes={issue}
                    onClose={() => setAsking(false)}>
                    <p>{of !== null ? t('compose.ask.same') : t('compose.ask.to', {
                        who: value.all ? t('compose.all', { n: units.length }) : value.to.map(names.unit).join(', ') })}</p>
                    <Preview draft={value} />
                    <p class="soft">{t('compose.ask.code', { user: session.value?.user ?? '' })}</p>
                </Confirm>
            )}
        </Page>
    );
}
