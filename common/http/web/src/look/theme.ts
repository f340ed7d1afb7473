// Light, dark, or as the system has it.
import { computed, signal } from '@preact/signals';
import { keep, kept } from '../keep';

export type ThemeChoice = 'system' | 'light' | 'dark';

const before = kept('theme');
const system = matchMedia('(prefers-color-scheme: dark)');
const dark = signal(system.matches);

export const themeChoice = signal<ThemeChoice>(
    before === 'light' || before === 'dark' ? before : 'system');
export const theme = computed(() =>
    themeChoice.value === 'system' ? (dark.value ? 'dark' : 'light') : themeChoice.value);

system.addEventListener('change', () => {
    dark.value = system.matches;
});

export function setTheme(to: ThemeChoice): void {
    keep('theme', to === 'system' ? null : to);
    if (to === 'system')
        delete document.documentElement.dataset['theme'];
    else
        document.documentElement.dataset['theme'] = to;
    themeChoice.value = to;
}
