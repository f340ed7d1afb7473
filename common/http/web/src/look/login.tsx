// The door: name and password, then the code where the account has one.
import { useEffect, useState } from 'preact/hooks';
import {
    ApiError, expired, giveCode, newSecret, outside, server, session, signIn, signOut, type Secret,
} from '../api';
import { t } from '../i18n';
import { Button, CopyButton } from './button';
import { Checkbox, Field, Form, Input } from './form';
import { PrintButton } from './print';
import { Qr } from './qr';
import { Band } from './shell';
import { Box, ErrorBox, Loading } from './states';

function sentence(error: unknown, wrong: string): string | null {
    if (!(error instanceof ApiError))
        return null;
    if (error.code === 'busy' && error.retryAfter > 0)
        return t('login.wait', { n: Math.ceil(error.retryAfter) });
    return error.code === 'login' || error.code === 'refused' || error.code === 'invalid' ||
        error.code === 'code' ? wrong : null;
}

function Wrong(props: { error: unknown; wrong: string }) {
    if (!props.error)
        return null;
    const text = sentence(props.error, props.wrong);

    return text === null ? <ErrorBox error={props.error} />
        : <Box tone="danger" live><p>{text}</p></Box>;
}

function Password() {
    const [name, setName] = useState('');
    const [password, setPassword] = useState('');
    const [show, setShow] = useState(false);
    const [busy, setBusy] = useState(false);
    const [error, setError] = useState<unknown>(null);
    const enter = async (): Promise<void> => {
        if (busy)
            return;
        setBusy(true);
        setError(null);
        try {
            await signIn(name, password);
        } catch (caught) {
            setError(caught);
            setPassword('');
            document.getElementById('login-password')?.focus();
        }
        setBusy(false);
    };

    return (
        <>
            <h1>{t('login.title')}</h1>
            <Form onSubmit={() => void enter()}>
                {expired.value && !error && <Box tone="warn"><p>{t('login.expired')}</p></Box>}
                <Wrong error={error} wrong={t('login.wrong')} />
                <Field id="login-name" label={t('login.name')}>
                    {(tie) => <Input {...tie} name="username" value={name} onInput={setName}
                        autocomplete="username" autofocus />}
                </Field>
                <div class="stack tight">
                    <Field id="login-password" label={t('login.password')}>
                        {(tie) => <Input {...tie} name="password" value={password}
                            type={show ? 'text' : 'password'} onInput={setPassword}
                            autocomplete="current-password" />}
                    </Field>
                    <Checkbox id="login-show" label={t('login.show')} checked={show} onChange={setShow} />
                </div>
                <Button submit kind="primary" busy={busy}>
                    {t(busy ? 'login.going' : 'login.go')}
                </Button>
            </Form>
            <p class="door-note">{t('login.note')}</p>
        </>
    );
}

// The code field, and what goes with it.
function CodeForm(props: { hint: string; go: string; first?: boolean }) {
    const [code, setCode] = useState('');
    const [busy, setBusy] = useState(false);
    const [error, setError] = useState<unknown>(null);
    const enter = async (): Promise<void> => {
        if (busy)
            return;
        setBusy(true);
        setError(null);
        try {
            await giveCode(code);
        } catch (caught) {
            setError(caught);
            setCode('');
            document.getElementById('login-code')?.focus();
        }
        setBusy(false);
    };

    return (
        <Form onSubmit={() => void enter()}>
            <Wrong error={error} wrong={t('code.wrong')} />
            <Field id="login-code" label={t('code.label')} hint={props.hint}>
                {(tie) => <div class="code-input"><Input {...tie} name="code" value={code}
                    onInput={setCode} autocomplete="one-time-code" inputMode="numeric"
                    autofocus={props.first ?? false} /></div>}
            </Field>
            <div class="form-end">
                <Button submit kind="primary" busy={busy}>{props.go}</Button>
                <Button kind="plain" onClick={() => signOut().catch(() => undefined)}>
                    {t('code.back')}
                </Button>
            </div>
        </Form>
    );
}

function Code() {
    return (
        <>
            <h1>{t('code.title')}</h1>
            <CodeForm hint={t('code.hint')} go={t('code.go')} first />
        </>
    );
}

// The first time: the phone learns the secret, the codes for a lost phone go on
// paper, and a code proves it.
function Enrol() {
    const [made, setMade] = useState<Secret | null>(null);
    const [error, setError] = useState<unknown>(null);
    const make = (): void => {
        setError(null);
        newSecret().then(setMade, setError);
    };

    useEffect(make, []);
    if (made === null)
        return (
            <>
                <h1>{t('enrol.title')}</h1>
                {error ? <ErrorBox error={error} onRetry={make} /> : <Loading />}
            </>
        );
    return (
        <div class="stack">
            <h1>{t('enrol.title')}</h1>
            <p>{t('enrol.why')}</p>
            <h2>{t('enrol.scan')}</h2>
            <p class="soft">{t('enrol.apps')}</p>
            <Qr text={made.uri} label={t('enrol.qr')} />
            <p>{t('enrol.type')} <code class="secret">{made.secret.replace(/(.{4})(?=.)/g, '$1 ')}</code></p>
            <h2>{t('enrol.keep')}</h2>
            <p class="soft">{t('enrol.keepWhy')}</p>
            <ol class="codes mono">{made.codes.map((code) => <li key={code}>{code}</li>)}</ol>
            <div class="row no-print"><PrintButton /><CopyButton text={made.codes.join('\n')} /></div>
            <h2>{t('enrol.prove')}</h2>
            <CodeForm hint={t('enrol.hint')} go={t('enrol.go')} />
        </div>
    );
}

export function Login() {
    const who = session.value;
    const { program, name } = who ?? outside.value;

    return (
        <div class="door">
            <Band what="" />
            <main class="door-in" id="main">
                <div class={`card door-card${who?.enrol ? ' wide' : ''}`}>
                    {!server.value && <Box tone="danger" live><p>{t('error.away')}</p></Box>}
                    {name !== '' && <p class="place">{name}{program && ` · ${t(`login.${program}`)}`}</p>}
                    {who?.enrol ? <Enrol /> : who ? <Code /> : <Password />}
                </div>
            </main>
        </div>
    );
}
