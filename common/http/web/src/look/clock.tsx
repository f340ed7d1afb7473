// Time that passes: one ticking signal for the whole page, and clocks that count
// down to what is due. All of it in the server's time.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { serverNow } from '../api';
import { dateTime, duration, ms, ago as agoText } from '../format';
import { t, type SharedKey } from '../i18n';
import { Icon } from './icon';

const TICK_MS = 10000;
const tick = signal(serverNow());

setInterval(() => {
    tick.value = serverNow();
}, TICK_MS);

// The server's time, renewed every ten seconds; reading it keeps a part current.
export const now = (): number => Math.max(tick.value, serverNow());

export interface Due {
    what?: string; // acknowledge, report, refer, resolve
    at: string;
    overdue?: boolean;
    paused?: boolean;
}

// A quarter of an hour before it is due a clock says "soon".
const SOON_MS = 15 * 60000;

export function Clock(props: { due: Due | null | undefined; soon?: number; withWhat?: boolean }) {
    const { due } = props;

    if (!due)
        return <span class="quiet">–</span>;
    const left = ms(due.at) - now();
    const what = due.what && props.withWhat !== false
        ? `${t(`clock.${due.what}` as SharedKey)}: ` : '';
    const title = t('clock.due', { time: dateTime(due.at) });

    if (due.paused)
        return <span class="clock paused" title={title}><Icon name="pause" />{what}{t('clock.paused')}</span>;
    if (left <= 0)
        return (
            <span class="clock over" title={title}>
                <Icon name="warning" />{what}{t('clock.over', { span: duration(left) })}
            </span>
        );
    return (
        <span class={`clock${left < (props.soon ?? SOON_MS) ? ' soon' : ''}`} title={title}>
            <Icon name="clock" />{what}{t('clock.left', { span: duration(left) })}
        </span>
    );
}

// One that has come to its end.
export function ClockDone(props: { met: boolean; at?: string | null }) {
    return (
        <span class={`clock ${props.met ? 'met' : 'soon'}`} title={props.at ? dateTime(props.at) : undefined}>
            <Icon name={props.met ? 'done' : 'warning'} />
            {t(props.met ? 'clock.met' : 'clock.missed')}
        </span>
    );
}

// "5 phút trước", with the exact time under it for who points at it.
export function Ago({ at }: { at: string | number | null | undefined }) {
    const exact = ms(at);

    return (
        <time class="num" title={dateTime(at)}
            dateTime={Number.isNaN(exact) ? undefined : new Date(exact).toISOString()}>
            {agoText(at, now())}
        </time>
    );
}

// Runs `what` at every tick while the part is shown.
export function useTick(what: () => void): void {
    useEffect(() => tick.subscribe(what), []);
}
