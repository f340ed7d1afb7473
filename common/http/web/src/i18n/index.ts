// Words in two languages. Vietnamese is the type: English must have the same
// keys. A text may hold {name}, and for English's sake {n|one|many}: the second
// word when the number n is 1, else the third.
import { signal } from '@preact/signals';
import { keep, kept } from '../keep';
import { en } from './en';
import { vi } from './vi';

export type Language = 'vi' | 'en';
export type Values = Record<string, string | number>;
export type Dictionary<K extends string = string> = Record<K, string>;
export type SharedKey = keyof typeof vi;

export const language = signal<Language>(
    kept('language') === 'en' ? 'en' : 'vi');

export function setLanguage(to: Language): void {
    language.value = to;
    keep('language', to);
    document.documentElement.lang = to;
}

document.documentElement.lang = language.value;

export function fill(text: string, values?: Values): string {
    return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g,
        (whole, name: string, one?: string, many?: string) => {
            const value = values?.[name];

            if (value === undefined)
                return whole;
            if (one !== undefined)
                return Number(value) === 1 ? one : many ?? '';
            return String(value);
        });
}

// A program's own words beside the shared ones:
//   export const t = words({ vi, en });
export function words<K extends string>(
    own: { vi: Dictionary<K>; en: Dictionary<NoInfer<K>> },
): (key: K | SharedKey, values?: Values) => string {
    const tables = { vi: { ...vi, ...own.vi }, en: { ...en, ...own.en } } as
        Record<Language, Dictionary>;

    return (key, values) => fill(tables[language.value][key] ?? key, values);
}

// The shared words alone; for the shared parts.
export const t = words<never>({ vi: {}, en: {} });
