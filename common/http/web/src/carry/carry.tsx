// Carrying by hand, at both ends: a file for the other side, and files from it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { command, may, serverNow, session, useLive } from '../api';
import { bytes as sizeText, number, percent } from '../format';
import { Box, Button, ErrorBox, Field, Page, Select } from '../look';
import { blocks, bytesOf, magic, textOf } from './file';
import { newSpool, type Spool } from './spool';
import { t } from './i18n';

const isHub = (): boolean => session.value?.program === 'hub';
const side = (): 'hub' | 'node' => isHub() ? 'hub' : 'node';

interface Made {
    block: string;
    cursor: Record<string, unknown>;
    last: boolean;
    damaged: boolean;
    files: number; // attachments that are whole in it ..
    pieces: number; // .. and pieces of them, until now
    left_files: number;
    left_bytes: number;
}

interface Sum {
    new: number;
    known: number;
    refused: number;
    aside: number;
    held_back: number; // not understood
    alerts: number;
    files: number; // attachments
    pieces: number;
    pieces_known: number;
    pieces_passed: number;
    pieces_wrong: number;
}

const nothing = (): Sum => ({ new: 0, known: 0, refused: 0, aside: 0, held_back: 0, alerts: 0, files: 0, pieces: 0, pieces_known: 0, pieces_passed: 0, pieces_wrong: 0 });

interface Taken extends Partial<Sum> {
    last?: boolean;
    problem?: string;
    forked?: boolean;
    later?: boolean; // the disk has no room for all of it
    acked?: number;
    unit?: string;
}

function Steps({ keys }: { keys: string[] }) {
    return <ol class="carry-steps">{keys.map((key) => <li key={key}>{t(`carry.${key}` as 'carry.in.1')}</li>)}</ol>;
}

// ---- a file for the other side

// What attachments have no room in it go with the next one.
const roomForMedia = 128 * 1024 * 1024;

function save(name: string, blob: Blob): number {
    const link = document.createElement('a');

    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    return blob.size;
}

function nameFor(unit: string): string {
    const when = new Date(serverNow() + 7 * 3600000).toISOString().slice(0, 16).replace(/[T:]/g, '-');

    return isHub() ? `huyen-cho-${unit}-${when}.lienxa` : `${unit}-${when}.lienxa`;
}

function OutMedia({ made }: { made: Made | undefined }) {
    if (made === undefined)
        return null;
    return (
        <>
            {made.pieces > 0 && <p>{t('carry.out.media', { files: made.files, pieces: made.pieces })}</p>}
            {made.left_files > 0 && <p>{t('carry.out.left', { files: made.left_files, size: sizeText(made.left_bytes) })}</p>}
        </>
    );
}

function Out({ unit }: { unit: string }) {
    const [state, setState] = useState<{ at: number; done?: string; damaged?: boolean; made?: Made } | null>(null);
    const [failed, setFailed] = useState<unknown>(null);
    const write = async (): Promise<void> => {
        const who = isHub() ? { unit } : {};
        let made: Made | undefined, at = 0, damaged = false, spool: Spool | undefined;

        setFailed(null);
        setState({ at });
        try {
            spool = await newSpool();
            await spool.add(magic());
            do {
                const asked = { ...who, room: Math.max(0, roomForMedia - at) };

                made = await command<Made & Record<string, unknown>>('bundle.make', made === undefined ? asked : { ...asked, cursor: made.cursor });
                const block = bytesOf(made.block);

                await spool.add(block);
                at += block.length;
                damaged ||= made.damaged;
                setState({ at });
            } while (!made.last);
            const name = nameFor(unit);

            at = save(name, await spool.file());
            setState({ at, done: name, damaged, made });
            await command('bundle.done', { ...who, what: 'export', bytes: at });
        } catch (error) {
            await spool?.drop();
            setFailed(error);
            setState(null);
        }
    };

    return (
        <>
            <p><Button kind="primary" icon="down" onClick={write} disabled={unit === ''}>{t(`carry.out.do.${side()}`)}</Button></p>
            <ErrorBox error={failed} />
            {state !== null && state.done === undefined && <p role="status">{t('carry.out.working', { size: sizeText(state.at) })}</p>}
            {state?.done !== undefined && (
                <Box tone={state.damaged ? 'warn' : 'good'} live title={t('carry.out.done', { name: state.done, size: sizeText(state.at) })}>
                    <OutMedia made={state.made} />
                    <p>{t(state.damaged ? 'carry.out.damaged' : 'carry.out.next')}</p>
                </Box>
            )}
        </>
    );
}

function OutForUnit() {
    const units = useLive<{ rows: { unit: string; name: string; state: string }[] }>('/api/nodes', ['nodes']);
    const [unit, setUnit] = useState('');
    const rows = (units.data?.rows ?? []).filter((one) => one.state === 'enrolled');

    return (
        <>
            <Field id="carry-unit" label={t('carry.out.unit')}>
                {(tie) => <Select {...tie} value={unit} width="medium" onChange={setUnit}
                    options={[{ value: '', label: '–' }, ...rows.map((one) => ({ value: one.unit, label: one.name }))]} />}
            </Field>
            <Out unit={unit} key={unit} />
        </>
    );
}

// ---- files from it

interface Result {
    name: string;
    sum: Sum;
    torn: number;
    whole?: boolean; // its last block is here
    problem?: string;
    forked?: boolean;
    later?: boolean;
    acked?: number;
    foreign?: boolean;
    lost?: boolean;
    failed?: unknown;
}

function add(result: Result, taken: Taken): void {
    for (const key of Object.keys(result.sum) as (keyof Sum)[])
        result.sum[key] += taken[key] ?? 0;
    if (taken.problem !== undefined)
        result.problem ??= taken.problem;
    result.forked ||= taken.forked ?? false;
    result.later ||= taken.later ?? false;
    result.whole ||= taken.last ?? false;
    if (taken.acked !== undefined)
        result.acked = taken.acked;
}

async function takeFile(file: File, told: (done: number) => void): Promise<Result> {
    const result: Result = { name: file.name, sum: nothing(), torn: 0 };
    const all = blocks(file);
    let unit: string | undefined;

    for (;;) {
        const next = await all.next().catch(() => null);

        if (next === null || next.done) {
            result.lost = next === null;
            result.foreign = next !== null && next.value === false;
            break;
        }
        if (next.value.block === null) {
            result.torn++;
        } else {
            const taken = await command<Taken & Record<string, unknown>>('bundle.take', { block: textOf(next.value.block) });

            unit ??= taken.unit;
            add(result, taken);
        }
        told(next.value.done);
    }
    if (!result.foreign)
        await command('bundle.done', { what: 'import', file: file.name, ...result.sum, ...(unit === undefined ? {} : { unit }) });
    return result;
}

function Answer({ one }: { one: Result }) {
    const cut = !one.whole && one.torn === 0 && one.problem === undefined && !one.lost;
    const n = one.sum;
    const bad = one.torn > 0 || one.problem !== undefined || one.lost || one.foreign || cut || one.later || n.refused > 0 || n.held_back > 0 || n.pieces_wrong > 0;

    if (one.failed !== undefined)
        return <ErrorBox error={one.failed} />;
    if (one.foreign)
        return <Box tone="warn" live title={t('carry.in.foreign', { name: one.name })} />;
    return (
        <Box tone={bad ? 'warn' : 'good'} live title={t('carry.in.done', { name: one.name, fresh: number(n.new), known: number(n.known),
            refused: number(n.refused), alerts: n.alerts })}>
            {one.lost && <p>{t('carry.in.lost', { name: one.name })}</p>}
            {one.torn > 0 && <p>{t('carry.in.torn', { n: one.torn })}</p>}
            {cut && <p>{t('carry.in.cut')}</p>}
            {one.problem !== undefined && <p>{t('carry.in.problem', { why: one.problem })}</p>}
            {one.later && <p>{t('carry.in.later')}</p>}
            {n.refused > 0 && !one.later && <p>{t('carry.in.refused', { n: n.refused })}</p>}
            {n.held_back > 0 && <p>{t('carry.in.held', { n: n.held_back })}</p>}
            {n.pieces + n.pieces_known > 0 && <p>{t('carry.in.media', { files: n.files, pieces: n.pieces, known: number(n.pieces_known) })}</p>}
            {n.pieces_passed > 0 && <p>{t('carry.in.passed', { n: n.pieces_passed })}</p>}
            {n.pieces_wrong > 0 && <p>{t('carry.in.wrong', { n: n.pieces_wrong })}</p>}
            {n.aside > 0 && <p>{t('carry.in.aside', { n: number(n.aside) })}</p>}
            {one.forked && <p>{t('carry.in.forked')}</p>}
            {!isHub() && one.acked !== undefined && !one.forked && <p>{t('carry.in.acked', { n: number(one.acked) })}</p>}
        </Box>
    );
}

function In() {
    const input = useRef<HTMLInputElement>(null);
    const [results, setResults] = useState<Result[]>([]);
    const [now, setNow] = useState<{ name: string; done: number } | null>(null);
    const answers = useRef<HTMLDivElement>(null);

    useEffect(() => {
        if (results.length > 0)
            answers.current?.scrollIntoView({ block: 'nearest' });
    }, [results]);
    const take = async (files: File[]): Promise<void> => {
        setResults([]);
        for (const file of files) {
            setNow({ name: file.name, done: 0 });
            const one = await takeFile(file, (done) => setNow({ name: file.name, done })).catch((failed: unknown): Result =>
                ({ name: file.name, sum: nothing(), torn: 0, failed }));

            setResults((before) => [...before, one]);
        }
        setNow(null);
        if (input.current !== null)
            input.current.value = ''; // the same file may be chosen again
    };

    return (
        <>
            <input ref={input} type="file" multiple hidden accept=".lienxa" aria-label={t('carry.in.do')}
                onChange={(event) => void take([...(event.currentTarget.files ?? [])])} />
            <p><Button icon="up" busy={now !== null} onClick={() => input.current?.click()}>{t('carry.in.do')}</Button></p>
            {now !== null && <p role="status">{t('carry.in.working', { name: now.name, percent: percent(now.done, 1) })}</p>}
            <div ref={answers} class="stack tight">{results.map((one, i) => <Answer key={i} one={one} />)}</div>
        </>
    );
}

export default function Carry() {
    const at = side();

    return (
        <Page title={t('carry.title')} lead={t(`carry.lead.${at}`)}>
            <div class="stack">
                {may('bundle.make') && (
                    <section class="card stack tight" aria-labelledby="carry-out">
                        <h2 id="carry-out">{t(`carry.out.${at}`)}</h2>
                        <Steps keys={['out.1', `out.2.${at}`, 'out.3']} />
                        {isHub() ? <OutForUnit /> : <Out unit={session.value?.unit ?? 'xa'} />}
                    </section>
                )}
                {may('bundle.take') && (
                    <section class="card stack tight" aria-labelledby="carry-in">
                        <h2 id="carry-in">{t('carry.in')}</h2>
                        <Steps keys={['in.1', 'in.2', 'in.3']} />
                        <In />
                    </section>
                )}
                <Box tone="note"><p>{t('carry.safe')}</p></Box>
            </div>
        </Page>
    );
}
