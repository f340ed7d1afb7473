// The commune's own steps of setting up: the invitation of the district, and the
// first people (lienxa/setup/setup does the rest).
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from 'lienxa/api';
import { dateTime } from 'lienxa/format';
import {
    Box, Button, Checkbox, ErrorBox, Field, Form, FormEnd, FormErrors, Icon, Input, Textarea, type Errors,
} from 'lienxa/look';
import { run, state } from 'lienxa/setup/engine';
import { NewUser, checkUser, type NewUserValue } from 'lienxa/setup/person';
import { t } from 'lienxa/setup/i18n';
import { Setup } from 'lienxa/setup/setup';
import { useStep } from 'lienxa/setup/step';

// ---- the invitation ----

// What a browser may have; Android's Chrome does.
interface Detector {
    detect(image: ImageBitmap): Promise<{ rawValue: string }[]>;
}
const DetectorClass = (globalThis as { BarcodeDetector?: new (options: { formats: string[] }) => Detector }).BarcodeDetector;

function PhotoOfCode({ onToken, onNone }: { onToken: (token: string) => void; onNone: () => void }) {
    const read = async (file: File): Promise<void> => {
        try {
            const found = await new DetectorClass!({ formats: ['qr_code'] }).detect(await createImageBitmap(file));
            const token = found.map((one) => one.rawValue).find((text) => text.startsWith('lienxa1'));

            if (token === undefined)
                onNone();
            else
                onToken(token);
        } catch {
            onNone();
        }
    };

    return (
        <label class="button" for="token-photo">
            {t('first.photo')}
            <input id="token-photo" class="hidden" type="file" accept="image/*" capture="environment" onChange={(event) => {
                const file = event.currentTarget.files?.[0];

                event.currentTarget.value = '';
                if (file)
                    void read(file);
            }} />
        </label>
    );
}

// Why the district did not take it, and what to do.
function JoinFault({ error }: { error: unknown }) {
    if (!error)
        return null;
    if (!(error instanceof ApiError))
        return <ErrorBox error={error} />;
    const { code, body } = error;
    const kind = code === 'refused' && body['expired'] === true ? 'expired'
        : ['invalid', 'refused', 'away', 'damaged'].includes(code) ? code : null;

    if (kind === null)
        return <ErrorBox error={error} />;
    return (
        <Box tone="danger" title={t(`join.${kind}` as 'join.refused')} live>
            <p>{t(`join.${kind}.do` as 'join.refused.do', { hub: String(body['hub'] ?? '').replace(/^tcp:\/\//, ''),
                expires: dateTime(String(body['expires'] ?? '')), clock: dateTime(String(body['clock'] ?? '')) })}</p>
            <details><summary>{t('do.details')}</summary><code lang="en">{error.details}</code></details>
        </Box>
    );
}

function Progress() {
    const [since] = useState(Date.now());
    const [seconds, setSeconds] = useState(0);

    useEffect(() => {
        const timer = setInterval(() => setSeconds(Math.floor((Date.now() - since) / 1000)), 1000);

        return () => clearInterval(timer);
    }, []);
    return (
        <Box>
            <p role="status"><Icon name="work" spin /> {t('first.joining')}</p>
            {seconds >= 3 && <p class="soft">{t('first.joining.long', { n: seconds })}</p>}
        </Box>
    );
}

function Make() {
    const [token, setToken] = useState('');
    const [errors, setErrors] = useState<Errors>({});
    const { busy, failed, forget, take } = useStep();
    const join = async (given = token): Promise<void> => {
        const clean = given.replace(/\s/g, '');

        forget();
        setErrors(clean === '' ? { 'first-token': t('field.empty') } : {});
        if (clean === '')
            return;
        await take(() => run('make', { token: clean }));
    };

    return (
        <Form onSubmit={() => void join()}>
            <p>{t('first.token.why')}</p>
            <FormErrors errors={errors} />
            <JoinFault error={failed} />
            <div class="stack tight">
                <Field id="first-token" label={t('first.token')} hint={t('first.token.hint')} error={errors['first-token']} required>
                    {(tie) => <div class="token"><Textarea {...tie} rows={5} value={token} onInput={setToken} autofocus placeholder="lienxa1…" /></div>}
                </Field>
                {DetectorClass !== undefined && (
                    <div><PhotoOfCode onToken={setToken} onNone={() => setErrors({ 'first-token': t('first.photo.none') })} /></div>
                )}
            </div>
            {busy && <Progress />}
            <FormEnd><Button submit kind="primary" busy={busy}>{t('first.join')}</Button></FormEnd>
        </Form>
    );
}

// ---- the first people ----

const NOBODY: NewUserValue = { name: '', password: '', repeat: '' };
const ROLES = ['leader', 'custodian', 'officer'] as const;
type Role = typeof ROLES[number];

function FromPaper(props: { lines: [string, string]; onChange: (lines: [string, string]) => void; errors: Errors }) {
    const { lines, onChange, errors } = props;

    return (
        <fieldset class="person">
            <legend>{t('first.paper')}</legend>
            <p>{t('first.paper.why')}</p>
            {[0, 1].map((i) => (
                <Field key={i} id={`paper-${i}`} label={t('first.paper.line', { n: i + 1 })} error={errors[`paper-${i}`]} required>
                    {(tie) => <Input {...tie} value={lines[i]!} autocomplete="off" placeholder={`share recovery-${i + 1} …`}
                        onInput={(text) => onChange(i === 0 ? [text, lines[1]] : [lines[0], text])} />}
                </Field>
            ))}
        </fieldset>
    );
}

function People() {
    const [users, setUsers] = useState<Record<Role, NewUserValue>>({ leader: NOBODY, custodian: NOBODY, officer: NOBODY });
    const [withOfficer, setWithOfficer] = useState(false);
    const [lines, setLines] = useState<[string, string]>(['', '']);
    const [errors, setErrors] = useState<Errors>({});
    const { busy, failed, forget, take } = useStep();
    const fromPaper = state.value?.need_shares ?? false;
    const roles = ROLES.filter((role) => role !== 'officer' || withOfficer);
    const check = (): Errors => {
        const wrong: Errors = {};
        const names = roles.map((role) => users[role].name.trim().normalize('NFC'));

        for (const role of roles)
            Object.assign(wrong, checkUser(role, users[role]));
        roles.forEach((role, i) => {
            if (names[i] !== '' && names.indexOf(names[i]!) < i)
                wrong[`${role}-name`] = t('first.twice');
        });
        if (fromPaper)
            lines.forEach((line, i) => {
                if (!line.trim().startsWith('share '))
                    wrong[`paper-${i}`] = t('first.paper.wrong');
            });
        return wrong;
    };
    const add = async (): Promise<void> => {
        const wrong = check();

        setErrors(wrong);
        forget();
        if (Object.keys(wrong).length > 0)
            return;
        await take(() => run('people', {
            users: roles.map((role) => ({ role, name: users[role].name.trim(), password: users[role].password.normalize('NFC') })),
            ...(fromPaper ? { shares: lines.map((line) => line.trim()) } : {}),
        }));
    };

    return (
        <Form onSubmit={() => void add()}>
            <p>{t('first.people.why')}</p>
            <FormErrors errors={errors} />
            <ErrorBox error={failed} />
            {fromPaper && <FromPaper lines={lines} onChange={setLines} errors={errors} />}
            {roles.map((role) => (
                <fieldset class="person" key={role}>
                    <legend>{t(`role.${role}`)}</legend>
                    <p class="soft">{t(`first.role.${role}`)}</p>
                    <NewUser id={role} value={users[role]} errors={errors} autofocus={role === 'leader' && !fromPaper}
                        onChange={(value) => setUsers({ ...users, [role]: value })} />
                </fieldset>
            ))}
            <Checkbox id="with-officer" label={t('first.officer')} checked={withOfficer} onChange={setWithOfficer} />
            <FormEnd><Button submit kind="primary" busy={busy}>{t(busy ? 'first.people.adding' : 'first.people.add')}</Button></FormEnd>
        </Form>
    );
}

export default () => <Setup make={Make} people={People} home="/" />;
