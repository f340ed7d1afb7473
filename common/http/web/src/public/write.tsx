// A notice is written, a draft changed, a published one corrected, an old one
// written anew. What is typed survives a reload and a dead server.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, command, may, serverNow, session, useLive } from '../api';
import { useDraft } from '../drafts';
import { ms, time } from '../format';
import { language } from '../i18n';
import {
    Box, Button, Checkbox, Confirm, Empty, ErrorBox, Field, Form, FormEnd, FormErrors, Icon, Input, MomentInput, Page, Select, Textarea, say,
    type Errors,
} from '../look';
import { go, query } from '../router';
import { t } from './i18n';
import { EMPTY, isHub, useLists, valueOf, type Lists, type Notice, type Row } from './data';
import { Words } from './parts';

const LIMIT = { title: 300, text: 12000, speaker: 4000, reason: 1000 }; // common/domain/notice.h, bytes

type Value = typeof EMPTY;
type Mode = 'new' | 'of' | 'correct' | 'copy';

function check(value: Value, mode: Mode): Errors {
    const errors: Errors = {};
    const size = (text: string): number => new TextEncoder().encode(text).length;

    if (value.kind === '')
        errors['w-kind'] = t('write.need.kind');
    if (value.title.trim() === '')
        errors['w-title'] = t('write.need.head');
    if (value.text.trim() === '')
        errors['w-text'] = t('write.need.text');
    for (const name of ['title', 'text', 'speaker', 'reason'] as const)
        if (size(value[name]) > LIMIT[name])
            errors[`w-${name}`] = t('write.long');
    if (value.expires !== '' && ms(value.expires) <= Math.max(serverNow(), value.effective === '' ? 0 : ms(value.effective)))
        errors['w-expires'] = t('write.need.until');
    if (mode === 'correct' && value.reason.trim() === '')
        errors['w-reason'] = t('write.need.reason');
    if (isHub() && mode !== 'correct' && !value.all && value.to.length === 0)
        errors['w-to'] = t('write.need.to');
    return errors;
}

function argsOf(value: Value, mode: Mode, id: string | null): Record<string, unknown> {
    const args: Record<string, unknown> = { kind: value.kind, title: value.title.trim(), text: value.text.trim(),
        areas: value.areas.trim(), speaker: value.speaker.trim(), expires: value.expires };

    if (value.effective !== '' || mode === 'of')
        args['effective'] = value.effective;
    if (mode === 'of' || mode === 'correct')
        args['notice'] = id;
    if (mode === 'correct')
        args['reason'] = value.reason.trim();
    else if (!isHub())
        args['shared'] = value.shared;
    else if (!value.all)
        args['to'] = value.to.join(',');
    return args;
}

function Targets({ value, set, lists, error }: { value: Value; set: (change: Partial<Value>) => void; lists: Lists | undefined; error?: string | undefined }) {
    const units = lists?.units ?? [];
    const flip = (slug: string): void => {
        const before = value.all ? units.map((unit) => unit.slug) : value.to;
        const to = before.includes(slug) ? before.filter((one) => one !== slug) : [...before, slug];

        set(to.length === units.length ? { all: true, to: [] } : { all: false, to });
    };

    return (
        <fieldset class={error ? 'field bad' : 'field'} id="w-to" tabIndex={-1}>
            <legend class="label">{t('notice.to')}</legend>
            <span class="hint">{t('write.to.hint')}</span>
            {error && <span class="wrong"><Icon name="danger" />{error}</span>}
            <div class="row">
                <Button small {...(value.all ? { icon: 'check' as const } : {})} onClick={() => set({ all: true, to: [] })}>{t('write.all')}</Button>
                <Button small kind="plain" onClick={() => set({ all: false, to: [] })}>{t('write.nobody')}</Button>
                <span class="soft" role="status">{t('write.chosen', { n: value.all ? units.length : value.to.length, of: units.length })}</span>
            </div>
            <div class="targets">
                {units.map((unit) => {
                    const on = value.all || value.to.includes(unit.slug);

                    return (
                        <button type="button" key={unit.slug} class="target" aria-pressed={on} onClick={() => flip(unit.slug)}>
                            <Icon name={on ? 'done' : 'plus'} />{unit.name}
                        </button>
                    );
                })}
            </div>
        </fieldset>
    );
}

function Fields({ value, set, mode, errors }: { value: Value; set: (change: Partial<Value>) => void; mode: Mode; errors: Errors }) {
    const lists = useLists();

    return (
        <>
            <Field id="w-kind" label={t('write.kind')} required error={errors['w-kind']}>
                {(tie) => <Select {...tie} value={value.kind} empty={t('field.choose')} onChange={(kind) => set({ kind })}
                    options={(lists?.notice_kinds ?? []).map((kind) => ({ value: kind.code, label: kind[language.value] }))} />}
            </Field>
            <Field id="w-title" label={t('write.head')} hint={t('write.head.hint')} required error={errors['w-title']}>
                {(tie) => <Input {...tie} value={value.title} onInput={(title) => set({ title })} />}
            </Field>
            <Field id="w-text" label={t('write.text')} hint={t('write.text.hint')} required error={errors['w-text']}>
                {(tie) => <Textarea {...tie} value={value.text} onInput={(text) => set({ text })} rows={7} limit={LIMIT.text / 3} />}
            </Field>
            {mode === 'correct' && (
                <Field id="w-reason" label={t('write.reason')} hint={t('write.reason.hint')} required error={errors['w-reason']}>
                    {(tie) => <Input {...tie} value={value.reason} onInput={(reason) => set({ reason })} />}
                </Field>
            )}
            <div class="pair">
                {mode !== 'correct' && (
                    <Field id="w-effective" label={t('write.from')} hint={t('write.from.hint')}>
                        {(tie) => <MomentInput {...tie} value={value.effective} onChange={(effective) => set({ effective })} />}
                    </Field>
                )}
                <Field id="w-expires" label={t('write.until')} hint={t('write.until.hint')} error={errors['w-expires']}>
                    {(tie) => <MomentInput {...tie} value={value.expires} onChange={(expires) => set({ expires })} />}
                </Field>
            </div>
            {!isHub() && (
                <Field id="w-areas" label={t('write.areas')} hint={t('write.areas.hint')}>
                    {(tie) => <Input {...tie} value={value.areas} onInput={(areas) => set({ areas })} />}
                </Field>
            )}
            {mode === 'correct' ? <p class="hint">{t('write.shared.fixed')}</p>
                : isHub() ? <Targets value={value} set={set} lists={lists} error={errors['w-to']} />
                    : <Checkbox id="w-shared" label={t('write.shared')} hint={t('write.shared.hint')} checked={value.shared} onChange={(shared) => set({ shared })} />}
            <Field id="w-speaker" label={t('write.speaker')} optional hint={t('write.speaker.hint')} error={errors['w-speaker']}>
                {(tie) => <Textarea {...tie} value={value.speaker} onInput={(speaker) => set({ speaker })} rows={2} />}
            </Field>
        </>
    );
}

// A leader's remark stays in sight while its writer mends it.
function Remark({ id }: { id: string }) {
    const one = useLive<Notice>(`/api/notices/${id}`, ['notices']).data;

    return one?.state !== 'returned' ? null
        : <Box tone="warn" title={t('notice.step.returned')}><p>{t('notice.remark', { by: one.returned_by ?? '', reason: one.reason ?? '' })}</p></Box>;
}

function useBeginning(mode: Mode, id: string | null) {
    const name = mode === 'new' || mode === 'copy' ? 'notice' : `notice.${mode}.${id}`;
    const draft = useDraft<Value>(name, EMPTY);
    const before = useLive<Notice>(mode === 'new' ? null : `/api/notices/${id}`, []);
    const begun = useRef(mode === 'new' || draft.found !== null);

    useEffect(() => {
        if (begun.current || before.data === undefined)
            return;
        begun.current = true;
        draft.set({ ...valueOf(before.data), ...(mode === 'copy' ? { effective: '', expires: '' } : {}) });
    }, [before.data]);
    return { draft, error: before.error };
}

function preview(value: Value): Row {
    return { id: '', unit: '', name: session.value?.name ?? '', own: true, version: 0, at: null, state: 'draft', kind: value.kind,
        shared: value.shared, title: value.title, text: value.text, areas: value.areas.split(',').map((one) => one.trim()).filter(Boolean),
        effective: value.effective || null, expires: value.expires || null, published: null, corrected: null, withdrawn: null };
}

function Writing({ mode, id }: { mode: Mode; id: string | null }) {
    const { draft, error } = useBeginning(mode, id);
    const value = draft.value.value;
    const [errors, setErrors] = useState<Errors>({});
    const [failed, setFailed] = useState<unknown>(null);
    const [asking, setAsking] = useState(false);
    const [found, setFound] = useState(draft.found);
    const name = mode === 'correct' ? 'notice.correct' : isHub() ? 'notice.publish' : 'notice.write';
    const label = t(mode === 'correct' ? 'write.save.correct' : isHub() ? 'write.publish' : 'write.send');
    const send = async (): Promise<void> => {
        setAsking(false);
        try {
            const out = await command<{ id: string }>(name, argsOf(value, mode, id), { id: draft.id });

            draft.drop();
            say(t(mode === 'correct' ? 'write.corrected' : isHub() ? 'notice.publishedNow' : 'write.sent'));
            go(`/notices/${out.id}`, { replace: true });
        } catch (caught) {
            setFailed(caught);
            if (caught instanceof ApiError && ['invalid', 'refused', 'disk', 'missing'].includes(caught.code))
                draft.renew();
        }
    };
    const ask = (): void => {
        const wrong = check(value, mode);

        setErrors(wrong);
        setFailed(null);
        if (Object.keys(wrong).length > 0)
            return;
        if (name === 'notice.write')
            void send();
        else
            setAsking(true);
    };

    return (
        <div class="writing">
            <div class="card">
                <Form onSubmit={ask} label={t('write.title')}>
                    {found !== null && (
                        <p class="row quiet"><Icon name="pen" />{t('draft.found', { time: time(found) })}
                            <Button small kind="plain" onClick={() => (draft.drop(), setFound(null))}>{t('draft.drop')}</Button></p>
                    )}
                    {mode === 'of' && id !== null && <Remark id={id} />}
                    <FormErrors errors={errors} />
                    <ErrorBox error={failed ?? error} />
                    <Fields value={value} set={(change) => draft.set(change)} mode={mode} errors={errors} />
                    {!draft.kept.value && <Box tone="warn"><p>{t('draft.lost')}</p></Box>}
                    <FormEnd>
                        <Button submit kind="primary" icon="send" keyhint="Ctrl+Enter">{label}</Button>
                        {(value.title !== '' || value.text !== '') && <span class="quiet">{t('draft.kept')}</span>}
                    </FormEnd>
                </Form>
            </div>
            <section class="card stack writing-side" aria-labelledby="w-preview">
                <h2 id="w-preview">{t('write.preview')}</h2>
                <Words one={preview(value)} />
            </section>
            {asking && (
                <Confirm title={t('notice.publish.title')} yes={label} onYes={send} onClose={() => setAsking(false)}>
                    <p><strong>{value.title}</strong></p>
                    {isHub() && mode !== 'correct' && <p>{value.all ? t('notice.publish.shared') : t('write.chosen', { n: value.to.length, of: value.to.length })}</p>}
                </Confirm>
            )}
        </div>
    );
}

export default function Write() {
    const at = query.value;
    const mode = (['of', 'correct', 'copy'] as const).find((name) => at.has(name)) ?? 'new';
    const id = mode === 'new' ? null : at.get(mode);
    const title = t(mode === 'of' ? 'write.edit' : mode === 'correct' ? 'write.correct' : 'write.title');

    if (!may(mode === 'correct' ? 'notice.correct' : isHub() ? 'notice.publish' : 'notice.write'))
        return <Page title={title}><Empty title={t('error.forbidden')} icon="lock" /></Page>;
    return (
        <Page title={title} back={{ href: id === null ? '/notices' : `/notices/${id}`, label: t('notices.title') }}>
            <Writing key={`${mode}${id}`} mode={mode} id={id} />
        </Page>
    );
}
