// The board for the wall of the duty room: nothing but what must be seen from
// across it. Dark, large, by itself up to date.
import { useEffect } from 'preact/hooks';
import { session, type Live } from 'lienxa/api';
import { dayName, date, duration, ms, number, time } from 'lienxa/format';
import { Await, Button, Icon, Ring, TileGrid, now, useKeys } from 'lienxa/look';
import { setQuery } from 'lienxa/router';
import { t } from './i18n';
import { holdsText, useNames, type Board, type Waiting } from './data';
import { useUrgentOffers, type Referral } from './referrals';
import { isRinging, than, tileOf, type figureShown } from './board';

const CALLS = 4; // are read across a room

// The page's own type and colours while it hangs there.
function useWall(): void {
    useEffect(() => {
        const root = document.documentElement;
        const before = root.dataset['theme'];

        root.dataset['theme'] = 'dark';
        root.classList.add('room');
        document.title = t('room.title');
        return () => {
            root.classList.remove('room');
            if (before === undefined)
                delete root.dataset['theme'];
            else
                root.dataset['theme'] = before;
        };
    }, []);
}

function Call({ row }: { row: Waiting }) {
    const names = useNames();

    return (
        <li class={isRinging(row) ? 'call ringing' : 'call'}>
            <span class="call-who">{row.name}<small>{names.category(row.category)}</small></span>
            <span class="call-for num">{duration(now() - ms(row.received))}</span>
            <span class="call-phone num"><Icon name="phone" />{row.phone ?? '–'}</span>
        </li>
    );
}

// Passed on to the district, and nobody here has said yes.
function Offer({ offer, phone }: { offer: Referral; phone: string | null }) {
    const names = useNames();

    return (
        <li class="call ringing">
            <span class="call-who">{names.unit(offer.unit)}<small>{names.category(offer.category)} · {t('room.offer')}</small></span>
            <span class="call-for num">{duration(now() - ms(offer.offered))}</span>
            <span class="call-phone num"><Icon name="phone" />{phone ?? '–'}</span>
        </li>
    );
}

function Wall({ board, shown }: { board: Board; shown: ReturnType<typeof figureShown> }) {
    const { totals, holds } = board;
    const at = now();
    const held = <small>{holdsText(holds)}</small>;
    const offers = useUrgentOffers().slice(0, CALLS);
    const calls = board.urgent.slice(0, CALLS - offers.length);

    return (
        <>
            <header class="wall-head">
                <div>
                    <h1>{session.value?.name}</h1>
                    <p>{dayName(at)}, {date(at)}</p>
                </div>
                <p class="wall-clock num">{time(at)}</p>
            </header>
            <div class="wall-figures">
                <p class={(totals.waiting ?? 0) > 0 ? 'alarm' : ''}><b>{number(totals.waiting)}</b>{t('fig.waiting')}{held}</p>
                <p class={(totals.overdue ?? 0) > 0 ? 'alarm' : ''}><b>{number(totals.overdue)}</b>{t('fig.overdue')}{held}</p>
                <p><b>{number(totals.open)}</b>{t('fig.open')}{held}</p>
                <p><b>{number(totals.today)}</b>{t('fig.today')}
                    <small>{t('fig.than', { by: than(totals.today, totals.today_last_week), n: number(totals.today_last_week) })}</small>{held}</p>
            </div>
            {calls.length + offers.length > 0 && (
                <ul class="wall-calls" aria-label={t('urgent.title', { n: totals.waiting ?? 0 })}>
                    {offers.map((one) => <Offer key={one.id} offer={one}
                        phone={board.units.find((unit) => unit.unit === one.unit)?.phone ?? null} />)}
                    {calls.map((row) => <Call key={row.id} row={row} />)}
                </ul>
            )}
            <TileGrid label={t('board.communes')} tiles={board.units.map((one) => tileOf(one, shown))} scale={false} />
        </>
    );
}

export function Room(props: { live: Live<Board>; shown: ReturnType<typeof figureShown> }) {
    const leave = (): void => setQuery({ room: null });

    useWall();
    useKeys({ Escape: { label: t('room.leave'), run: leave } });
    return (
        <div class="wall">
            <Await live={props.live}>{(board) => <Wall board={board} shown={props.shown} />}</Await>
            <div class="wall-foot">
                <span>{t('room.figure', { what: t(`fig.${props.shown}`) })}</span>
                <Ring />
                <Button small icon="close" onClick={leave}>{t('room.leave')}</Button>
            </div>
        </div>
    );
}
