// Two sheets for paper, each with one of the two lines, and the proof that they
// are there: a group of each is typed back while neither is on the screen.
import { useState } from 'preact/hooks';
import { ApiError } from '../api';
import { date } from '../format';
import { t } from './i18n';
import { Button } from '../look/button';
import { Field, Form, FormEnd, FormErrors, Input, type Errors } from '../look/form';
import { PrintButton } from '../look/print';
import { Box, ErrorBox } from '../look/states';
import { placeName, run, state, type Shares } from './engine';
import { useStep } from './step';

const groups = (line: string): string[] => line.slice(line.lastIndexOf(' ') + 1).split('-');
const head = (line: string): string => line.slice(0, line.lastIndexOf(' '));

function SheetOf({ line, number, title, keeper }: { line: string; number: number; title: string; keeper: string }) {
    const what = state.value?.program === 'hub' ? 'hub' : 'node';

    return (
        <article class="share-sheet" aria-label={title}>
            <p class="share-place">{state.value?.name ?? placeName.value} <span>{date(new Date().toISOString())} · <b>{number}/2</b></span></p>
            <h2>{title}</h2>
            <p>{t(`share.what.${what}`)}</p>
            <p class="share-head mono">{head(line)}</p>
            <ol class="share-groups mono" aria-label={t('share.groups')}>
                {groups(line).map((group, i) => <li key={i}><span aria-hidden="true">{i + 1}</span> <b>{group}</b></li>)}
            </ol>
            <p class="share-keeper">{keeper}</p>
            <p class="print-only share-line mono">{line}</p>
            <p class="print-only">{t('share.line')}</p>
        </article>
    );
}

function Prove({ shares, onBack }: { shares: Shares; onBack: () => void }) {
    const [first, setFirst] = useState('');
    const [second, setSecond] = useState('');
    const [errors, setErrors] = useState<Errors>({});
    const { busy, failed, take } = useStep();
    const prove = async (): Promise<void> => {
        setErrors({});
        await take(() => run('confirm', { first, second }), (error) => {
            const wrong = error instanceof ApiError ? error.body['wrong'] : undefined;

            if (!Array.isArray(wrong))
                return false;
            setErrors({
                'share-first': wrong.includes('first') ? t('share.wrong', { n: shares.ask[0]!.group }) : undefined,
                'share-second': wrong.includes('second') ? t('share.wrong', { n: shares.ask[1]!.group }) : undefined,
            });
            return true;
        });
    };
    const field = (id: string, n: number, value: string, set: (value: string) => void, focus: boolean) => (
        <Field id={id} label={t(`${id === 'share-first' ? 'share.ask.first' : 'share.ask.second'}`, { n })} error={errors[id]} required>
            {(tie) => <div class="code-input"><Input {...tie} value={value} onInput={set} autocomplete="off" autofocus={focus} maxLength={8} /></div>}
        </Field>
    );

    return (
        <Form onSubmit={() => void prove()}>
            <p>{t('share.prove')}</p>
            <FormErrors errors={errors} />
            <ErrorBox error={failed} />
            {field('share-first', shares.ask[0]!.group, first, setFirst, true)}
            {field('share-second', shares.ask[1]!.group, second, setSecond, false)}
            <FormEnd>
                <Button submit kind="primary" busy={busy}>{t('share.confirm')}</Button>
                <Button onClick={onBack}>{t('share.again')}</Button>
            </FormEnd>
        </Form>
    );
}

// A power cut before they were proved: nobody has them, others are made.
function Anew() {
    const [failed, setFailed] = useState<unknown>(null);

    return (
        <div class="stack">
            <Box tone="warn" title={t('share.lost')}><p>{t('share.lost.why')}</p></Box>
            <ErrorBox error={failed} />
            <div><Button kind="primary" onClick={() => run('shares', {}).catch(setFailed)}>{t('share.anew')}</Button></div>
        </div>
    );
}

export function SharesStep() {
    const [proving, setProving] = useState(false);
    const shares = state.value?.shares ?? null;
    const hub = state.value?.program === 'hub';

    if (shares === null)
        return <Anew />;
    if (proving)
        return <Prove shares={shares} onBack={() => setProving(false)} />;
    return (
        <div class="stack">
            <p class="no-print">{t(hub ? 'share.why.hub' : 'share.why.node')}</p>
            <div class="no-print"><Box tone="warn" title={t('share.once')}><p>{t('share.once.why')}</p></Box></div>
            <div class="share-sheets">
                <SheetOf line={shares.first} number={1} title={t(hub ? 'share.title.hub' : 'share.title.node', { n: 1 })}
                    keeper={t(hub ? 'share.keeper.hub1' : 'share.keeper.node1')} />
                <SheetOf line={shares.second} number={2} title={t(hub ? 'share.title.hub' : 'share.title.node', { n: 2 })}
                    keeper={t(hub ? 'share.keeper.hub2' : 'share.keeper.node2')} />
            </div>
            <div class="form-end"><PrintButton /><Button kind="primary" onClick={() => setProving(true)}>{t('share.printed')}</Button></div>
        </div>
    );
}
