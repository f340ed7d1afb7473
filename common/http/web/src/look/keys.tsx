// Shortcuts: single letters, never while somebody types, and they can be turned
// off (WCAG 2.1.4). '?' shows those of this page.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { keep, kept } from '../keep';
import { t } from '../i18n';
import { Dialog } from './dialog';
import { Checkbox } from './form';
import { stepRow } from './table';

export interface Shortcut {
    label: string;
    run: () => void;
}
export type Shortcuts = Record<string, Shortcut>; // by key: 'n', '/', 'g'

const here = signal<readonly Shortcuts[]>([]);
const open = signal(false);
const enabled = signal(kept('keys') !== 'off');

const everywhere = (): Shortcuts => ({
    '?': { label: t('keys.help'), run: showKeys },
    '/': { label: t('keys.search'), run: () => {
        document.querySelector<HTMLElement>('[data-search]')?.focus();
    } },
    j: { label: t('keys.down'), run: () => stepRow(1) },
    k: { label: t('keys.up'), run: () => stepRow(-1) },
});

export function showKeys(): void {
    open.value = true;
}

function typing(target: EventTarget | null): boolean {
    return target instanceof Element &&
        target.closest('input:not([type="checkbox"]):not([type="radio"]), textarea, select, [contenteditable]') !== null;
}

addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented ||
        typing(event.target) || document.querySelector('dialog[open]') !== null ||
        (!enabled.value && event.key !== '?'))
        return;
    const found = [...here.value].reverse().map((set) => set[event.key]).find(Boolean) ??
        everywhere()[event.key];

    if (found === undefined)
        return;
    event.preventDefault();
    found.run();
});

// The shortcuts of a page, while it is shown.
export function useKeys(shortcuts: Shortcuts): void {
    useEffect(() => {
        here.value = [...here.value, shortcuts];
        return () => {
            here.value = here.value.filter((set) => set !== shortcuts);
        };
    });
}

function List({ of }: { of: Record<string, { label: string }> }) {
    return (
        <dl class="keys">
            {Object.entries(of).map(([key, { label }]) => [
                <dt key={key}><kbd>{key}</kbd></dt>, <dd key={`${key}-label`}>{label}</dd>,
            ])}
        </dl>
    );
}

export function KeyboardHelp() {
    if (!open.value)
        return null;
    const own = Object.assign({}, ...here.value) as Shortcuts;

    return (
        <Dialog title={t('keys.title')} onClose={() => {
            open.value = false;
        }}>
            {Object.keys(own).length > 0 && <><h3>{t('keys.here')}</h3><List of={own} /></>}
            <h3>{t('keys.everywhere')}</h3>
            <List of={{ ...everywhere(), Enter: { label: t('keys.open') }, Esc: { label: t('keys.escape') } }} />
            <Checkbox id="keys-on" label={t('keys.on')} checked={enabled.value}
                onChange={(on) => {
                    enabled.value = on;
                    keep('keys', on ? null : 'off');
                }} />
        </Dialog>
    );
}
