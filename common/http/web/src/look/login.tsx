// The door: name and password, then the code where the account has one.
import { useState } from 'preact/hooks';
import { ApiError, expired, giveCode, outside, server, session, signIn, signOut } from '../api';
import { t } from '../i18n';
import { Button } from './button';
import { Checkbox, Field, Form, Input } from './form';
import { Band } from './shell';
import { Box, ErrorBox } from './states';

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

function Password(props: { onCode: () => void }) {
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
            if (await signIn(name, password))
                props.onCode();
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

function Code(props: { onBack: () => void }) {
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
    const back = async (): Promise<void> => {
        await signOut().catch(() => undefined);
        props.onBack();
    };

    return (
        <>
            <h1>{t('code.title')}</h1>
            <Form onSubmit={() => void enter()}>
                <Wrong error={error} wrong={t('code.wrong')} />
                <Field id="login-code" label={t('code.label')} hint={t('code.hint')}>
                    {(tie) => <div class="code-input"><Input {...tie} name="code" value={code}
                        onInput={setCode} autocomplete="one-time-code" inputMode="numeric"
                        autofocus /></div>}
                </Field>
                <div class="form-end">
                    <Button submit kind="primary" busy={busy}>{t('code.go')}</Button>
                    <Button kind="plain" onClick={back}>{t('code.back')}</Button>
                </div>
            </Form>
        </>
    );
}

export function Login() {
    const [coding, setCoding] = useState(session.value?.needs_code ?? false);
    const { program, name } = outside.value;

    return (
        <div class="door">
            <Band what="" />
            <main class="door-in" id="main">
                <div class="card door-card">
                    {!server.value && <Box tone="danger" live><p>{t('error.away')}</p></Box>}
                    {name !== '' && <p class="place">{name}{program && ` · ${t(`login.${program}`)}`}</p>}
                    {coding || session.value?.needs_code
                        ? <Code onBack={() => setCoding(false)} />
                        : <Password onCode={() => setCoding(true)} />}
                </div>
            </main>
        </div>
    );
}
