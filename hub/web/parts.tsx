// Small parts that several pages of the district show.
import type { ComponentChildren } from 'preact';
import { date } from 'lienxa/format';
import { Icon } from 'lienxa/look';
import { t } from './i18n';
import { holdsText, type Holds } from './data';

// A number that can be called from where it stands.
export function Phone({ number, large }: { number: string | null | undefined; large?: boolean }) {
    if (!number)
        return <span class="quiet">{t('phone.none')}</span>;
    return (
        <a class={large ? 'phone large num' : 'phone num'} href={`tel:${number.replace(/[^\d+]/g, '')}`}>
            <Icon name="phone" />{number}
        </a>
    );
}

// What a total rests on; it stands at every one.
export function HoldsNote({ holds, children }: { holds: Holds; children?: ComponentChildren }) {
    return (
        <p class={holds.units < holds.of ? 'holds short' : 'holds'}>
            <Icon name={holds.units < holds.of ? 'warning' : 'tiles'} />
            <span>{holdsText(holds)}{children}</span>
        </p>
    );
}

// "05/11"
export const shortDay = (day: string): string => date(day).slice(0, 5);
