// How a commune's line may be used: so fast, in these hours; what is urgent heeds
// neither. What was set last can be taken back.
import { useState } from 'preact/hooks';
import { command, may } from 'lienxa/api';
import { Box, Button, Dialog, ErrorBox, Field, Form, FormEnd, Icon, Select, say } from 'lienxa/look';
import { t } from './i18n';
import type { Node } from './nodes';

type Rule = Pick<Node, 'rate' | 'hours'>;

const RATES = ['32k', '64k', '128k', '256k', '512k', '1M', '2M'];
const TIMES = Array.from({ length: 48 }, (_, i) => `${String(i >> 1).padStart(2, '0')}:${i % 2 ? '30' : '00'}`);
const OFF = 'off';

// "256k" -> "256 kbit/s"
export function rateText(rate: string | null): string {
    return rate === null ? t('line.free') : rate.replace(/k$/, ' kbit/s').replace(/M$/, ' Mbit/s').replace(/\d$/, '$& bit/s');
}

export function hoursText(hours: string | null): string {
    return hours === null ? t('line.always') : hours.replace('-', '–');
}

// In a table, short.
export function LineRule({ node }: { node: Rule & { awaits_hours: boolean } }) {
    if (node.rate === null && node.hours === null)
        return <span class="quiet">–</span>;
    return (
        <span class="num">{[node.rate !== null && rateText(node.rate), node.hours !== null && hoursText(node.hours)].filter(Boolean).join(', ')}
            {node.awaits_hours && <span class="sub">{t('line.awaits')}</span>}</span>
    );
}

// What is set is among the choices, whatever it is.
function choices(list: readonly string[], present: string): string[] {
    return list.includes(present) || present === OFF ? [...list] : [present, ...list];
}

function Change({ node, onClose, onSaved }: { node: Node; onClose: () => void; onSaved: () => void }) {
    const [from = '', until = ''] = node.hours?.split('-') ?? [];
    const [rate, setRate] = useState(node.rate ?? OFF);
    const [begin, setBegin] = useState(from || OFF);
    const [end, setEnd] = useState(until || '06:00');
    const [failed, setFailed] = useState<unknown>(null);
    const save = async (): Promise<void> => {
        try {
            await command('node.settings', { unit: node.unit, rate, hours: begin === OFF || begin === end ? OFF : `${begin}-${end}` });
            say(t('line.saved', { name: node.name }));
            onSaved();
            onClose();
        } catch (error) {
            setFailed(error);
        }
    };

    return (
        <Dialog title={t('line.title', { name: node.name })} onClose={onClose}>
            <Form onSubmit={() => void save()}>
                <ErrorBox error={failed} />
                <p>{t('line.text')}</p>
                <Field id="line-rate" label={t('line.rate')} hint={t('line.rate.hint')}>
                    {(tie) => <Select {...tie} value={rate} onChange={setRate} options={[
                        { value: OFF, label: t('line.free') }, ...choices(RATES, rate).map((one) => ({ value: one, label: rateText(one) }))]} />}
                </Field>
                <Field id="line-from" label={t('line.from')} hint={t('line.hours.hint')}>
                    {(tie) => <Select {...tie} value={begin} onChange={setBegin} options={[
                        { value: OFF, label: t('line.always') }, ...choices(TIMES, begin).map((one) => ({ value: one, label: one }))]} />}
                </Field>
                {begin !== OFF && (
                    <Field id="line-until" label={t('line.until')}>
                        {(tie) => <Select {...tie} value={end} onChange={setEnd}
                            options={choices(TIMES, end).map((one) => ({ value: one, label: one }))} />}
                    </Field>
                )}
                <FormEnd>
                    <Button submit kind="primary">{t('line.save')}</Button>
                    <Button onClick={onClose}>{t('do.cancel')}</Button>
                </FormEnd>
            </Form>
        </Dialog>
    );
}

export function LineSettings({ node, onDone }: { node: Node; onDone: () => void }) {
    const [changing, setChanging] = useState(false);
    const [before, setBefore] = useState<Rule | null>(null);
    const [failed, setFailed] = useState<unknown>(null);
    const set = async (rule: Rule): Promise<boolean> => {
        try {
            await command('node.settings', { unit: node.unit, rate: rule.rate ?? OFF, hours: rule.hours ?? OFF });
            setBefore(null);
            setFailed(null);
            say(t('line.saved', { name: node.name }));
            onDone();
            return true;
        } catch (error) {
            setFailed(error);
            return false;
        }
    };
    const clear = async (): Promise<void> => {
        const was = { rate: node.rate, hours: node.hours };

        if (await set({ rate: null, hours: null }))
            setBefore(was);
    };

    return (
        <section class="card stack tight" aria-labelledby="line">
            <h2 id="line">{t('line.head')}</h2>
            <dl class="facts">
                <dt>{t('line.rate')}</dt><dd class="num">{rateText(node.rate)}</dd>
                <dt>{t('line.hours')}</dt><dd class="num">{hoursText(node.hours)}</dd>
            </dl>
            {node.awaits_hours && <p class="row"><Icon name="clock" /><span>{t('line.awaits.now')}</span></p>}
            <p class="soft measure">{t('line.lead')}</p>
            <ErrorBox error={failed} />
            {before !== null && (
                <Box tone="note" title={t('line.was', { rate: rateText(before.rate), hours: hoursText(before.hours) })} live>
                    <Button small icon="refresh" onClick={async () => void await set(before)}>{t('line.undo')}</Button>
                </Box>
            )}
            {may('node.settings') && (
                <p class="row no-print">
                    <Button small icon="pen" onClick={() => setChanging(true)}>{t('line.change')}</Button>
                    {(node.rate !== null || node.hours !== null) && <Button small icon="close" onClick={clear}>{t('line.clear')}</Button>}
                </p>
            )}
            {changing && <Change node={node} onClose={() => setChanging(false)} onSaved={() => {
                setBefore({ rate: node.rate, hours: node.hours });
                onDone();
            }} />}
        </section>
    );
}
