// A program that nobody has set up yet: the code, then step by step until its own
// login takes over. Each program brings its two forms (hub/web/first.tsx,
// node/web/first.tsx):
//   export default () => <Setup make={Make} people={People} home="/sheets" />
import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, outside, server } from '../api';
import { t } from './i18n';
import { Button } from '../look/button';
import { Field, Form, FormEnd, Input } from '../look/form';
import { Icon } from '../look/icon';
import { Band } from '../look/shell';
import { Pairs } from '../look/qr';
import { Box, ErrorBox, Loading } from '../look/states';
import { enter, isReady, look, placeName, running, settle, state } from './engine';
import { SharesStep } from './shares';

interface Steps {
    make: ComponentType;
    people: ComponentType;
    home: string; // where the first login leads
}

const ORDER = ['code', 'make', 'shares', 'people', 'done'] as const;
type Step = typeof ORDER[number];

function Trail({ now, program }: { now: Step; program: string }) {
    const at = ORDER.indexOf(now);

    return (
        <ol class="trail-steps no-print" aria-label={t('setup.steps')}>
            {ORDER.map((step, i) => (
                <li key={step} class={i < at ? 'past' : i === at ? 'now' : ''} aria-current={i === at ? 'step' : undefined}>
                    <span class="trail-mark">{i < at ? <Icon name="check" label={t('setup.past')} /> : i + 1}</span>
                    <span class="trail-name">{t(`setup.step.${program === 'node' && (step === 'make' || step === 'people') ? `${step}.node` : step}` as 'setup.step.code')}</span>
                </li>
            ))}
        </ol>
    );
}

function codeError(error: unknown): string | undefined {
    if (!(error instanceof ApiError))
        return undefined;
    return error.code === 'busy' ? t('login.wait', { n: Math.ceil(error.retryAfter) })
        : error.code === 'login' || error.code === 'invalid' ? t('setup.code.wrong') : undefined;
}

function CodeStep() {
    const [code, setCode] = useState('');
    const [error, setError] = useState<unknown>(null);
    const [busy, setBusy] = useState(false);
    const wrong = codeError(error);
    const give = async (): Promise<void> => {
        setBusy(true);
        setError(null);
        try {
            await enter(code);
        } catch (caught) {
            setError(caught);
            document.getElementById('setup-code')?.focus();
        }
        setBusy(false);
    };

    return (
        <Form onSubmit={() => void give()}>
            <p>{t('setup.code.why')}</p>
            {error !== null && wrong === undefined && <ErrorBox error={error} />}
            <Field id="setup-code" label={t('setup.code')} hint={t('setup.code.hint')} error={wrong} required>
                {(tie) => <div class="setup-code"><Input {...tie} value={code} onInput={setCode} autocomplete="off" autofocus
                    placeholder="XXXX-XXXX-XXXX-XXXX-XXXX" /></div>}
            </Field>
            <FormEnd><Button submit kind="primary" busy={busy}>{t('setup.code.go')}</Button></FormEnd>
        </Form>
    );
}

// What was begun before this page was opened, or in another one.
function Working() {
    useEffect(() => void settle(), []);
    return <Loading />;
}

const ASK_MS = 500;
const BLIND_MS = 4000; // a browser that may not ask: by then it has taken over

function DoneStep({ home }: { home: string }) {
    const [ready, setReady] = useState(false);
    const authority = state.value?.authority;

    useEffect(() => {
        const began = Date.now();
        let over = false;
        const ask = async (): Promise<void> => {
            const there = await isReady();

            if (over)
                return;
            if (there || (there === null && Date.now() - began > BLIND_MS))
                setReady(true);
            else
                setTimeout(() => void ask(), ASK_MS);
        };

        setTimeout(() => void ask(), ASK_MS);
        return () => {
            over = true;
        };
    }, []);
    return (
        <div class="stack">
            <Box tone="good" title={t(state.value?.program === 'hub' ? 'setup.done.hub' : 'setup.done.node', { name: state.value?.name ?? '' })} live>
                <p>{t(state.value?.program === 'hub' ? 'setup.next.hub' : 'setup.next.node')}</p>
            </Box>
            {authority && (
                <div class="stack tight">
                    <h2>{t('setup.trust')}</h2>
                    <p>{t('setup.trust.why')}</p>
                    <p class="fingerprint mono"><Pairs of={authority.fingerprint} /></p>
                    <p class="soft">{t('setup.trust.how')}</p>
                </div>
            )}
            <div class="form-end">
                <Button kind="primary" busy={!ready} onClick={() => location.assign(home)}>{t(ready ? 'setup.open' : 'setup.opening')}</Button>
            </div>
        </div>
    );
}

function Body({ step, steps }: { step: Step; steps: Steps }) {
    const { make: Make, people: People } = steps;

    switch (step) {
    case 'code': return <CodeStep />;
    case 'make': return <Make />;
    case 'shares': return <SharesStep />;
    case 'people': return <People />;
    case 'done': return <DoneStep home={steps.home} />;
    }
}

export function Setup(steps: Steps) {
    const [error, setError] = useState<unknown>(null);
    const head = useRef<HTMLHeadingElement>(null);
    const now = state.value;
    const step: Step = now?.step ?? 'code';
    const program = now?.program ?? (outside.value.program || 'hub');
    const title = t(`setup.title.${program === 'node' && (step === 'make' || step === 'people') ? `${step}.node` : step}` as 'setup.title.code');
    const begin = (): void => {
        setError(null);
        look().catch(setError);
    };

    useEffect(begin, []);
    useEffect(() => {
        document.title = t('app.title', { page: title, place: now?.name ?? 'Lienxa' });
        if (document.activeElement === document.body || document.activeElement === null)
            head.current?.focus({ preventScroll: true });
        scrollTo(0, 0);
    }, [step]);
    return (
        <div class="door">
            <Band place={now?.name ?? placeName.value} what={t(program === 'node' ? 'setup.what.node' : 'setup.what.hub')} />
            <main class="door-in" id="main">
                <div class="card door-card setup-card">
                    <Trail now={step} program={program} />
                    <h1 tabIndex={-1} ref={head} class="no-print">{title}</h1>
                    {!server.value && step !== 'done' && <Box tone="danger" live><p>{t('setup.away')}</p></Box>}
                    {error ? <ErrorBox error={error} onRetry={begin} />
                        : now === undefined ? <Loading />
                            : now?.working && !running.value ? <Working />
                            : <Body key={step} step={step} steps={steps} />}
                </div>
            </main>
        </div>
    );
}
