// The district's own steps of setting up: its name and communes, its first
// operator (lienxa/setup/setup does the rest).
import { useState } from 'preact/hooks';
import { ApiError } from 'lienxa/api';
import { openDraft } from 'lienxa/drafts';
import {
    Box, Button, ErrorBox, Field, Form, FormEnd, FormErrors, Input, Table, Textarea, type Errors,
} from 'lienxa/look';
import { placeName, run } from 'lienxa/setup/engine';
import { NewUser, checkUser, type NewUserValue } from 'lienxa/setup/person';
import { t } from 'lienxa/setup/i18n';
import { Setup } from 'lienxa/setup/setup';
import { useStep } from 'lienxa/setup/step';
import sample from '../../ops/config/roster-quang-dien.csv';
import { t as own } from './i18n';
import { problemOf, read, tidy, type Unit } from './roster';

const FILE_LIMIT = 900000;

// What was typed survives a closed browser and a power cut.
const draft = openDraft('setup.hub', { name: '', roster: '' });

placeName.value = draft.value.value.name;

function PickFile({ onText }: { onText: (text: string) => void }) {
    return (
        <label class="button" for="roster-file">
            {t('first.file')}
            <input id="roster-file" class="hidden" type="file" accept=".csv,.txt,text/csv,text/plain" onChange={(event) => {
                const file = event.currentTarget.files?.[0];

                event.currentTarget.value = '';
                if (file && file.size <= FILE_LIMIT)
                    void file.text().then(onText);
            }} />
        </label>
    );
}

function Preview({ units }: { units: Unit[] }) {
    return (
        <Table caption={t('first.units', { n: units.length })} rows={units} rowKey={(unit) => `${unit.code} ${unit.slug}`}
            columns={[
                { key: 'name', title: own('unit.name'), head: true, cell: (unit) => unit.name },
                { key: 'code', title: t('first.code'), narrow: true, cell: (unit) => <span class="num">{unit.code}</span> },
                { key: 'phone', title: own('unit.phone'), narrow: true, cell: (unit) => unit.phone || '–' },
                { key: 'from', title: t('first.from'), narrow: true, cell: (unit) => <span class="num">{unit.from.split('-').reverse().join('/')}</span> },
            ]} />
    );
}

// Puts the cursor into the line that is wrong (the first is 1).
function showLine(text: string, line: number): void {
    const area = document.getElementById('first-roster');
    const before = text.split('\n').slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0);

    if (area instanceof HTMLTextAreaElement) {
        area.focus();
        area.setSelectionRange(before, before + (text.split('\n')[line - 1]?.length ?? 0));
    }
}

function Make() {
    const { name, roster } = draft.value.value;
    const [errors, setErrors] = useState<Errors>({});
    const { busy, failed, forget, take } = useStep();
    const units = read(roster);
    const wrongLine = (line: number, why: string, text = roster): void => {
        setErrors({ 'first-roster': t('first.line', { line, why }) });
        setTimeout(() => showLine(text, line));
    };
    const make = async (): Promise<void> => {
        const tidied = tidy(roster);
        const problem = problemOf(tidied);

        forget();
        if (name.trim() === '' || tidied === '')
            return setErrors({ 'first-name': name.trim() === '' ? t('field.empty') : undefined,
                'first-roster': tidied === '' ? t('first.roster.none') : undefined });
        draft.set({ roster: tidied });
        if (problem)
            return wrongLine(problem.line, t(`first.bad.${problem.what}`), tidied);
        setErrors({});
        placeName.value = name.trim();
        await take(() => run('make', { name: name.trim(), roster: tidied }), (error) => {
            const line = error instanceof ApiError ? /line (\d+)/.exec(error.details)?.[1] : undefined;

            if (line !== undefined && error instanceof ApiError)
                wrongLine(Number(line), error.details.replace(/^.*line \d+: /, ''), tidied);
            return line !== undefined;
        });
    };

    return (
        <Form onSubmit={() => void make()}>
            <FormErrors errors={errors} />
            <ErrorBox error={failed} />
            <Field id="first-name" label={t('first.name')} hint={t('first.name.hint')} error={errors['first-name']} required>
                {(tie) => <Input {...tie} value={name} onInput={(to) => draft.set({ name: to })} autofocus autocomplete="off" />}
            </Field>
            <div class="stack tight roster-field">
                <Field id="first-roster" label={t('first.roster')} hint={t('first.roster.hint')} error={errors['first-roster']} required>
                    {(tie) => <div class="roster"><Textarea {...tie} rows={8} value={roster} onInput={(to) => draft.set({ roster: to })}
                        placeholder="code,valid_from,slug,name,phone" /></div>}
                </Field>
                <div class="row">
                    <PickFile onText={(to) => draft.set({ roster: tidy(to) })} />
                    <Button onClick={() => draft.set({ roster: sample })}>{t('first.sample')}</Button>
                </div>
            </div>
            {units.length > 0
                ? <div class="card flush"><Preview units={units} /></div>
                : <Box><p>{t('first.roster.why')}</p></Box>}
            <FormEnd><Button submit kind="primary" busy={busy}>{t(busy ? 'first.making' : 'first.make')}</Button></FormEnd>
        </Form>
    );
}

function People() {
    const [user, setUser] = useState<NewUserValue>({ name: '', password: '', repeat: '' });
    const [errors, setErrors] = useState<Errors>({});
    const { busy, failed, forget, take } = useStep();
    const add = async (): Promise<void> => {
        const wrong = checkUser('operator', user);

        setErrors(wrong);
        forget();
        if (Object.keys(wrong).length > 0)
            return;
        await take(async () => {
            await run('people', { name: user.name.trim(), password: user.password.normalize('NFC') });
            draft.drop();
        });
    };

    return (
        <Form onSubmit={() => void add()}>
            <p>{t('first.operator')}</p>
            <FormErrors errors={errors} />
            <ErrorBox error={failed} />
            <NewUser id="operator" value={user} onChange={setUser} errors={errors} autofocus />
            <FormEnd><Button submit kind="primary" busy={busy}>{t('first.operator.add')}</Button></FormEnd>
        </Form>
    );
}

export default () => <Setup make={Make} people={People} home="/sheets" />;
