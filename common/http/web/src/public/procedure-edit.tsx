// The district writes a procedure, or changes one: its code and first day name it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, command, may, serverNow, useLive } from '../api';
import { useDraft } from '../drafts';
import { isoDay, time } from '../format';
import { Button, DateInput, Empty, ErrorBox, Field, Form, FormEnd, FormErrors, Icon, Input, Page, Textarea, say, type Errors } from '../look';
import { go, query } from '../router';
import { csvOf } from './csv';
import { t } from './i18n';
import type { Procedure } from './data';

interface FormRow { name: string; from: string; to: string }
const TEXTS = ['who', 'papers', 'receiving_unit', 'channel', 'fee', 'time', 'notes', 'legal_basis'] as const;
const LONG: readonly string[] = ['who', 'papers', 'notes', 'legal_basis'];
const EMPTY = { code: '', name: '', valid_from: '', valid_to: '', who: '', papers: '', receiving_unit: '', channel: '', fee: '', time: '',
    notes: '', legal_basis: '', last_checked: '', forms: [] as FormRow[] };
type Value = typeof EMPTY;

function valueOf(one: Procedure): Value {
    const value: Value = { ...EMPTY, code: one.code, name: one.name, valid_from: one.valid_from, valid_to: one.valid_to ?? '',
        last_checked: one.last_checked ?? '', forms: one.forms.map((form) => ({ name: form.name, from: form.valid_from ?? '', to: form.valid_to ?? '' })) };

    for (const name of TEXTS)
        value[name] = one[name] ?? '';
    return value;
}

function procedureOf(value: Value): Omit<Procedure, 'holds'> {
    return { ...value, code: value.code.trim(), name: value.name.trim(), valid_to: value.valid_to || null, last_checked: value.last_checked || null,
        forms: value.forms.filter((form) => form.name.trim() !== '').map((form) =>
            ({ name: form.name.trim(), valid_from: form.from || null, valid_to: form.to || null, holds: false })) };
}

function check(value: Value): Errors {
    const errors: Errors = {};

    if (value.code.trim() === '')
        errors['p-code'] = t('field.empty');
    if (value.name.trim() === '')
        errors['p-name'] = t('field.empty');
    if (value.valid_from === '')
        errors['p-from'] = t('field.empty');
    if (value.valid_to !== '' && value.valid_to < value.valid_from)
        errors['p-to'] = t('procedure.retire.bad');
    value.forms.forEach((form, i) => {
        if (/[@;]/.test(form.name) || (form.to !== '' && form.to < form.from))
            errors[`p-form-${i}`] = t('procedure.form.bad');
    });
    return errors;
}

function FormRows({ value, set, errors }: { value: Value; set: (change: Partial<Value>) => void; errors: Errors }) {
    const change = (i: number, with_: Partial<FormRow>): void =>
        set({ forms: value.forms.map((form, at) => at === i ? { ...form, ...with_ } : form) });

    return (
        <fieldset class="field">
            <legend>{t('procedure.forms')}</legend>
            <span class="hint">{t('procedure.forms.hint')}</span>
            {value.forms.map((form, i) => (
                <div class="form-row" key={i}>
                    <Field id={`p-form-${i}`} label={t('procedure.form.name')} error={errors[`p-form-${i}`]}>
                        {(tie) => <Input {...tie} value={form.name} onInput={(name) => change(i, { name })} maxLength={40} />}
                    </Field>
                    <Field id={`p-form-${i}-from`} label={t('procedure.from')}>
                        {(tie) => <DateInput {...tie} value={form.from} onChange={(from) => change(i, { from })} />}
                    </Field>
                    <Field id={`p-form-${i}-to`} label={t('procedure.to')}>
                        {(tie) => <DateInput {...tie} value={form.to} onChange={(to) => change(i, { to })} />}
                    </Field>
                    <Button small icon="bin" label={t('procedure.form.drop', { name: form.name })} onClick={() => set({ forms: value.forms.filter((_, at) => at !== i) })} />
                </div>
            ))}
            <div><Button small icon="plus" onClick={() => set({ forms: [...value.forms, { name: '', from: '', to: '' }] })}>{t('procedure.form.add')}</Button></div>
        </fieldset>
    );
}

function Editing({ code, from }: { code: string | null; from: string | null }) {
    const draft = useDraft<Value>(code === null ? 'procedure' : `procedure.${code}.${from}`, EMPTY);
    const before = useLive<{ rows: Procedure[] }>(code === null ? null : '/api/procedures?all=1', []).data;
    const begun = useRef(code === null || draft.found !== null);
    const value = draft.value.value;
    const [errors, setErrors] = useState<Errors>({});
    const [failed, setFailed] = useState<unknown>(null);
    const set = (change: Partial<Value>): void => draft.set(change);
    const save = async (): Promise<void> => {
        const wrong = check(value);

        setErrors(wrong);
        setFailed(null);
        if (Object.keys(wrong).length > 0)
            return;
        try {
            await command('procedure.import', { csv: csvOf(procedureOf(value)) }, { id: draft.id });
            draft.drop();
            say(t('procedure.saved'));
            go(`/procedures/${encodeURIComponent(value.code.trim())}?from=${value.valid_from}`, { replace: true });
        } catch (error) {
            setFailed(error);
            if (error instanceof ApiError && ['invalid', 'refused', 'disk'].includes(error.code))
                draft.renew();
        }
    };

    useEffect(() => {
        const one = before?.rows.find((row) => row.code === code && row.valid_from === from);

        if (begun.current || one === undefined)
            return;
        begun.current = true;
        draft.set({ ...valueOf(one), last_checked: isoDay(serverNow()) });
    }, [before]);
    return (
        <div class="card">
            <Form onSubmit={() => void save()} label={t('procedure.edit')}>
                {draft.found !== null && <p class="row quiet"><Icon name="pen" />{t('draft.found', { time: time(draft.found) })}
                    <Button small kind="plain" onClick={() => draft.drop()}>{t('draft.drop')}</Button></p>}
                <FormErrors errors={errors} /><ErrorBox error={failed} />
                <div class="pair">
                    <Field id="p-code" label={t('procedures.code')} hint={t('procedure.code.hint')} required error={errors['p-code']}>
                        {(tie) => <Input {...tie} value={value.code} onInput={(to) => set({ code: to })} maxLength={40} readOnly={code !== null} />}
                    </Field>
                    <Field id="p-from" label={t('procedure.from')} hint={t('procedure.from.hint')} required error={errors['p-from']}>
                        {(tie) => <DateInput {...tie} value={value.valid_from} onChange={(to) => set({ valid_from: to })} />}
                    </Field>
                </div>
                <Field id="p-name" label={t('procedures.name')} required error={errors['p-name']}>
                    {(tie) => <Input {...tie} value={value.name} onInput={(name) => set({ name })} />}
                </Field>
                <FormRows value={value} set={set} errors={errors} />
                {TEXTS.map((name) => (
                    <Field key={name} id={`p-${name}`} label={t(`procedure.${name}`)}>
                        {(tie) => LONG.includes(name) ? <Textarea {...tie} value={value[name]} rows={2} limit={1300} onInput={(to) => set({ [name]: to })} />
                            : <Input {...tie} value={value[name]} onInput={(to) => set({ [name]: to })} />}
                    </Field>
                ))}
                <div class="pair">
                    <Field id="p-to" label={t('procedure.to')} hint={t('procedure.to.hint')} error={errors['p-to']}>
                        {(tie) => <DateInput {...tie} value={value.valid_to} onChange={(to) => set({ valid_to: to })} />}
                    </Field>
                    <Field id="p-checked" label={t('procedure.checked.label')}>
                        {(tie) => <DateInput {...tie} value={value.last_checked} onChange={(to) => set({ last_checked: to })} />}
                    </Field>
                </div>
                <FormEnd><Button submit kind="primary" keyhint="Ctrl+Enter">{t('do.save')}</Button></FormEnd>
            </Form>
        </div>
    );
}

export default function ProcedureEdit() {
    const code = query.value.get('code');
    const from = query.value.get('from');

    if (!may('procedure.import'))
        return <Page title={t('procedure.edit')}><Empty title={t('error.forbidden')} icon="lock" /></Page>;
    return (
        <Page title={t(code === null ? 'procedures.new' : 'procedure.edit')} lead={t('procedure.edit.lead')} back={{ href: '/procedures', label: t('procedures.title') }}>
            <Editing key={`${code}${from}`} code={code} from={from} />
        </Page>
    );
}
