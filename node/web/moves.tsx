// What can be done next, as buttons and as the keys 1 to 9. A note goes with any
// step; where one is needed, or an outcome, it is asked for.
import { useState } from 'preact/hooks';
import { command, may } from 'lienxa/api';
import type { SharedKey } from 'lienxa/i18n';
import {
    Button, Dialog, ErrorBox, Field, Form, FormEnd, Radios, Textarea, say, useKeys, type IconName, type Shortcuts,
} from 'lienxa/look';
import { useDraft } from 'lienxa/drafts';
import { t } from './i18n';
import { ReferDialog } from './referral-part';
import type { Move, Report } from './types';
import { overtaken, word } from './words';

const NOTE_LIMIT = 1300; // characters: 4,000 bytes of Vietnamese
const ICONS: Record<string, IconName> = {
    da_tiep_nhan: 'check', phan_loai: 'list', xac_minh: 'eye', dang_xu_ly: 'work', cho_bo_sung: 'pause', da_chuyen: 'send',
    da_xu_ly: 'done', dong: 'lock',
};

function label(report: Report, move: Move): string {
    if (report.state === 'dong' || report.state === 'da_xu_ly' && move.to === 'dang_xu_ly')
        return t('move.reopen');
    if (move.to === 'dong' && move.outcomes.length > 0)
        return t('move.dong.early');
    return word('move', move.to);
}

interface Asked {
    report: Report;
    move: Move;
    note: string;
    onClose: () => void;
    onMove: (note: string, outcome: string) => Promise<unknown>;
}

function AskDialog({ report, move, note: given, onClose, onMove }: Asked) {
    const [note, setNote] = useState(given);
    const [outcome, setOutcome] = useState('');
    const [bad, setBad] = useState<{ note?: string; outcome?: string }>({});
    const [failed, setFailed] = useState<unknown>(null);
    const go = async (): Promise<void> => {
        const wrong = {
            ...(move.note_needed && note.trim() === '' ? { note: t('report.note.need') } : {}),
            ...(move.outcomes.length > 0 && outcome === '' ? { outcome: t('move.outcome.need') } : {}),
        };

        setBad(wrong);
        if (Object.keys(wrong).length === 0)
            setFailed(await onMove(note, outcome));
    };

    return (
        <Dialog title={label(report, move).replace('…', '')} onClose={onClose}>
            <Form onSubmit={() => void go()}>
                <ErrorBox error={failed} />
                {move.outcomes.length > 0 && (
                    <Radios name="move-outcome" label={t('move.outcome')} value={outcome} error={bad.outcome} onChange={setOutcome}
                        options={move.outcomes.map((one) => ({ value: one, label: word('outcome', one) }))} />
                )}
                <Field id="move-note" label={t('report.note')} required={move.note_needed} optional={!move.note_needed}
                    hint={t('report.note.hint')} error={bad.note}>
                    {(tie) => <Textarea {...tie} value={note} onInput={setNote} rows={3} limit={NOTE_LIMIT}
                        autofocus={move.outcomes.length === 0} />}
                </Field>
                <FormEnd>
                    <Button submit kind="primary">{label(report, move).replace('…', '')}</Button>
                    <Button onClick={onClose}>{t('do.cancel')}</Button>
                </FormEnd>
            </Form>
        </Dialog>
    );
}

export function Moves({ report, onDone, onStale }: { report: Report; onDone: () => void; onStale: () => void }) {
    const draft = useDraft(`note.${report.id}`, { note: '' });
    const { note } = draft.value.value;
    const [asked, setAsked] = useState<Move | null>(null);
    const [failed, setFailed] = useState<unknown>(null);
    const moves = may('report.move') ? report.moves.filter((one) => may(one.command)) : [];
    // What went wrong, or null; somebody else's step closes the question.
    const move = async (to: Move, words: string, outcome: string): Promise<unknown> => {
        setFailed(null);
        try {
            await command('report.move', { report: report.id, state: to.to,
                ...(words.trim() ? { note: words.trim() } : {}), ...(outcome ? { outcome } : {}) });
        } catch (error) {
            if (!overtaken(error))
                return error;
            setAsked(null);
            onStale();
            return null;
        }
        draft.drop();
        setAsked(null);
        say(t('report.moved', { state: t(`reportState.${to.to}` as SharedKey) }));
        onDone();
        return null;
    };
    const press = async (to: Move): Promise<void> => {
        if (to.command === 'report.refer' || to.outcomes.length > 0 || to.note_needed && note.trim() === '')
            setAsked(to);
        else
            setFailed(await move(to, note, ''));
    };

    useKeys(Object.fromEntries(moves.slice(0, 9).map((one, i) => [String(i + 1),
        { label: t('move.key', { move: label(report, one).replace('…', '') }), run: () => void press(one) }])) as Shortcuts);
    return (
        <section class="card stack no-print" aria-labelledby="next">
            <h2 id="next">{t('report.next')}</h2>
            <ErrorBox error={failed} />
            {moves.length === 0 ? <p class="quiet">{t(report.state === 'da_chuyen' ? 'report.next.waiting' : 'report.next.none')}</p> : (
                <>
                    <Field id="note" label={t('report.note')} optional hint={t('report.note.hint')}>
                        {(tie) => <Textarea {...tie} value={note} onInput={(text) => draft.set({ note: text })} rows={2} limit={NOTE_LIMIT} />}
                    </Field>
                    <div class="row">
                        {moves.map((one, i) => (
                            <Button key={one.to} icon={ICONS[one.to] ?? 'arrow'} keyhint={String(i + 1)}
                                {...(i === 0 ? { kind: 'primary' as const } : {})}
                                onClick={() => press(one)}>{label(report, one)}</Button>
                        ))}
                    </div>
                </>
            )}
            {asked?.command === 'report.move' && (
                <AskDialog report={report} move={asked} note={note} onClose={() => setAsked(null)}
                    onMove={(words, outcome) => move(asked, words, outcome)} />
            )}
            {asked?.command === 'report.refer' && (
                <ReferDialog report={report} onClose={() => setAsked(null)} onDone={onDone} onStale={onStale} />
            )}
        </section>
    );
}
