// How far an alert has come: sent, stored, shown, acknowledged, each of all.
import { Icon } from 'lienxa/look';
import { t } from './i18n';
import type { Reach } from './data';

export const STEPS = ['sent', 'stored', 'shown', 'acknowledged'] as const;

export function Steps({ reach }: { reach: Reach }) {
    return (
        <ol class="steps-bar" aria-label={t('step.title')}>
            {STEPS.map((step) => {
                const whole = reach[step] === reach.of;

                return (
                    <li key={step} class={whole ? 'whole' : reach[step] === 0 ? 'none' : ''}>
                        <span class="steps-name"><Icon name={whole ? 'done' : 'clock'} />{t(`step.${step}`)}</span>
                        <span class="steps-count num">{reach[step]}/{reach.of}</span>
                        <i aria-hidden="true"><b style={{ '--part': `${reach.of === 0 ? 0 : (reach[step] / reach.of) * 100}%` }} /></i>
                    </li>
                );
            })}
        </ol>
    );
}
