// A word that something was done; errors stay until they are dismissed. Never
// for what must be read: that belongs on the page.
import { signal } from '@preact/signals';
import { t } from '../i18n';
import { Button } from './button';
import { Icon } from './icon';
import { errorText } from './states';

type Tone = 'good' | 'warn' | 'danger';
interface Toast {
    key: number;
    tone: Tone;
    text: string;
}

const SHOWN_MS = 6000;
const toasts = signal<Toast[]>([]);
let next = 0;

function dismiss(key: number): void {
    toasts.value = toasts.value.filter((toast) => toast.key !== key);
}

export function say(text: string, tone: Tone = 'good'): void {
    const key = next++;

    toasts.value = [...toasts.value.slice(-2), { key, tone, text }];
    if (tone === 'good')
        setTimeout(() => dismiss(key), SHOWN_MS);
}

export function sayError(error: unknown): void {
    say(errorText(error), 'danger');
}

export function Toasts() {
    return (
        <div class="toasts" role="status" aria-live="polite">
            {toasts.value.map((toast) => (
                <div class={`toast ${toast.tone}`} key={toast.key}>
                    <Icon name={toast.tone === 'good' ? 'done' : toast.tone === 'warn' ? 'warning' : 'danger'} />
                    <p>{toast.text}</p>
                    <Button small kind="plain" icon="close" label={t('do.dismiss')}
                        onClick={() => dismiss(toast.key)} />
                </div>
            ))}
        </div>
    );
}
