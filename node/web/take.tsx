// A report is taken: kind, words, village; the rest has good beginnings. Under
// twenty seconds by keyboard.
import { useEffect, useRef, useState } from 'preact/hooks';
import { command, serverNow, useLive } from 'lienxa/api';
import { useDraft } from 'lienxa/drafts';
import { time, when } from 'lienxa/format';
import {
    Badge, Box, Button, Checkbox, Combobox, ErrorBox, Field, Form, FormEnd, FormErrors, Icon, Input, MomentInput, Page, Select,
    State, Textarea, now, say, type Errors,
} from 'lienxa/look';
import { newId } from 'lienxa/id';
import { go, type Page as At } from 'lienxa/router';
import { useUploads, type Picked } from 'lienxa/uploads';
import { Attach, readyFiles, refused } from './attach';
import { t } from './i18n';
import type { List } from './types';
import { categoryName, categoryOf, categoryOptions, findPhone, useCatalogue, word } from './words';

const TEXT_BYTES = 32768; // node: REPORT_TEXT_LIMIT
const EMPTY = {
    category: '', text: '', village: '', occurred: '', channel: 'dien_thoai', urgent: false, name: '', phone: '',
    report: '', // its id, from the first file on: originals are put under it
    files: [] as Picked[],
};
type Draft = typeof EMPTY;

// Reports of the same kind that are open: perhaps it is one of them.
function Similar({ category, village }: { category: string; village: string }) {
    const asked = new URLSearchParams({ view: 'open', category, limit: '5', ...(village ? { village } : {}) });
    const known = useCatalogue()?.villages.includes(village) ?? false;

    if (village && !known)
        asked.delete('village');
    const list = useLive<List>(category ? `/api/reports?${asked}` : null, ['reports']);

    if (!category || list.data === undefined)
        return null;
    if (list.data.rows.length === 0)
        return <p class="quiet">{t('take.similar.none')}</p>;
    return (
        <Box tone="note" title={t('take.similar')}>
            <p>{t('take.similar.text')}</p>
            <ul class="plain-list">
                {list.data.rows.map((row) => (
                    <li key={row.id}>
                        <a href={`/reports/${row.id}`} target="_blank" rel="noopener">{row.village ?? categoryName(row.category)}, <span class="num">{when(row.received, now())}</span></a>
                        {' '}<State state={row.state} />
                        <span class="clip quiet">{row.text}</span>
                    </li>
                ))}
            </ul>
        </Box>
    );
}

function check(draft: Draft): Errors {
    const errors: Errors = {};

    if (draft.category === '')
        errors['take-category'] = t('take.need.category');
    if (draft.text.trim() === '')
        errors['take-text'] = t('take.need.text');
    else if (new TextEncoder().encode(draft.text).length > TEXT_BYTES)
        errors['take-text'] = t('take.long');
    return errors;
}

function argsOf(draft: Draft): Record<string, unknown> {
    const args: Record<string, unknown> = { category: draft.category, text: draft.text.trim(), channel: draft.channel };

    for (const name of ['village', 'occurred', 'name', 'phone'] as const)
        if (draft[name].trim() !== '')
            args[name] = draft[name].trim();
    if (draft.urgent)
        args['urgent'] = true;
    if (draft.files.length > 0) {
        args['id'] = draft.report;
        args['attachments'] = readyFiles(draft.files);
    }
    return args;
}

function PhoneFound({ draft, set }: { draft: Draft; set: (change: Partial<Draft>) => void }) {
    const phone = findPhone(draft.text);

    if (phone === null)
        return null;
    return (
        <Box tone="warn" live>
            <p>{t('take.phone.found', { phone: phone.trim() })}</p>
            {draft.phone === '' && (
                <Button small onClick={() => {
                    set({ phone: phone.trim(), text: draft.text.replace(phone, '').replace(/ {2,}/g, ' ').trim() });
                    document.getElementById('take-phone')?.focus();
                }}>{t('take.phone.move')}</Button>
            )}
        </Box>
    );
}

function Sender({ draft, set }: { draft: Draft; set: (change: Partial<Draft>) => void }) {
    const custodian = categoryOf(draft.category)?.custodian ?? false;

    return (
        <fieldset class="field sender">
            <legend>{t('take.sender')} <span class="mark">({t('field.optional')})</span></legend>
            <span class="hint row"><Icon name="lock" />{t(custodian ? 'take.sender.custodian' : 'take.sender.duty')}</span>
            <div class="pair">
                <Field id="take-name" label={t('take.name')}>
                    {(tie) => <Input {...tie} value={draft.name} onInput={(name) => set({ name })} autocomplete="off" maxLength={60} />}
                </Field>
                <Field id="take-phone" label={t('take.phone')}>
                    {(tie) => <Input {...tie} type="tel" inputMode="tel" value={draft.phone} onInput={(phone) => set({ phone })}
                        autocomplete="off" maxLength={40} />}
                </Field>
            </div>
        </fieldset>
    );
}

function Details({ draft, set }: { draft: Draft; set: (change: Partial<Draft>) => void }) {
    const list = useCatalogue();

    return (
        <div class="pair">
            <Field id="take-occurred" label={t('take.occurred')} hint={t('take.occurred.hint')}>
                {(tie) => <MomentInput {...tie} value={draft.occurred} onChange={(occurred) => set({ occurred })} />}
            </Field>
            <Field id="take-channel" label={t('take.channel')}>
                {(tie) => <Select {...tie} value={draft.channel} onChange={(channel) => set({ channel })}
                    options={(list?.channels ?? ['dien_thoai']).map((one) => ({ value: one, label: word('channel', one) }))} />}
            </Field>
        </div>
    );
}

function Beside({ draft }: { draft: Draft }) {
    const category = categoryOf(draft.category);

    return (
        <aside class="stack take-beside">
            {category !== undefined && (
                <div class="card stack">
                    <h2>{categoryName(category.code)}</h2>
                    <p class="row"><Icon name="clock" /><span>{t('take.clock')}: <strong>{word('categoryClock', category.clock)}</strong></span></p>
                    {category.bypasses_post && <Box tone="note"><p>{t('take.above')}</p></Box>}
                    {category.clock === 'now' && <p><Badge tone="solid" icon="danger">{t('take.urgent.always')}</Badge></p>}
                </div>
            )}
            <Similar category={draft.category} village={draft.village} />
        </aside>
    );
}

export function Take(_: At) {
    const draft = useDraft('report', EMPTY);
    const value = draft.value.value;
    const list = useCatalogue();
    const [errors, setErrors] = useState<Errors>({});
    const [failed, setFailed] = useState<unknown>(null);
    const [found, setFound] = useState(draft.found);
    const saving = useRef(false);
    const [busy, setBusy] = useState(false);
    const always = categoryOf(value.category)?.clock === 'now';
    const set = (change: Partial<Draft>): void => draft.set(change);
    const uploads = useUploads(() => draft.value.value.files,
        (files) => set({ files, report: draft.value.value.report || newId() }));
    const save = async (): Promise<void> => {
        const wrong = check(value);

        setErrors(wrong);
        setFailed(null);
        if (saving.current || Object.keys(wrong).length > 0)
            return;
        saving.current = true;
        setBusy(true);
        try {
            if (!await uploads.settled())
                return setErrors({ 'attach-pick': t('attach.wrong') });
            const { id, passed_on } = await command<{ id: string; passed_on?: boolean }>('report.add', argsOf(draft.value.value), { id: draft.id });

            uploads.clear();
            draft.drop();
            if (passed_on) {
                say(t('take.above.done'));
                return go('/', { replace: true });
            }
            go(`/reports/${id}?new=1`, { replace: true });
        } catch (error) {
            setFailed(error);
            await refused(error, draft, uploads);
        } finally {
            saving.current = false;
            setBusy(false);
        }
    };

    useEffect(() => {
        if (failed)
            document.getElementById('main')?.scrollIntoView({ block: 'start' });
    }, [failed]);
    return (
        <Page title={t('take.title')} back={{ href: '/', label: t('desk.title') }}>
            <div class="aside take">
                <div class="card">
                    <Form onSubmit={() => void save()} label={t('take.title')}>
                        {found !== null && (
                            <p class="row quiet">
                                <Icon name="pen" />{t('draft.found', { time: time(found) })}
                                <Button small kind="plain" onClick={() => {
                                    uploads.clear();
                                    draft.drop();
                                    setFound(null);
                                    document.getElementById('take-category')?.focus();
                                }}>{t('draft.drop')}</Button>
                            </p>
                        )}
                        <FormErrors errors={errors} />
                        <ErrorBox error={failed} title={t('take.failed')} />
                        <Field id="take-category" label={t('take.category')} required error={errors['take-category']}>
                            {(tie) => <Combobox {...tie} value={value.category} options={categoryOptions(list, true)}
                                onChange={(category) => set({ category })} autofocus />}
                        </Field>
                        <Field id="take-text" label={t('take.text')} required hint={t('take.text.hint')} error={errors['take-text']}>
                            {(tie) => <Textarea {...tie} value={value.text} onInput={(text) => set({ text })} rows={4} />}
                        </Field>
                        <PhoneFound draft={value} set={set} />
                        <Field id="take-village" label={t('take.village')} hint={t('take.village.hint')}>
                            {(tie) => <Combobox {...tie} value={value.village} free onChange={(village) => set({ village })}
                                options={(list?.villages ?? []).map((one) => ({ value: one, label: one }))} />}
                        </Field>
                        <Checkbox id="take-urgent" urgent label={t('take.urgent')} checked={value.urgent || always}
                            onChange={(urgent) => set({ urgent })}
                            hint={always ? t('take.urgent.always') : t('take.urgent.hint')} />
                        <Details draft={value} set={set} />
                        <Attach files={value.files} uploads={uploads} />
                        <Sender draft={value} set={set} />
                        {!draft.kept.value && <Box tone="warn"><p>{t('draft.lost')}</p></Box>}
                        <FormEnd>
                            <Button submit kind="primary" busy={busy} keyhint="Ctrl+Enter">{t('take.save')}</Button>
                            {value.text !== '' && <span class="quiet">{t('draft.kept')} <span class="num">{time(serverNow())}</span></span>}
                        </FormEnd>
                    </Form>
                </div>
                <Beside draft={value} />
            </div>
        </Page>
    );
}
