// The domain's words for people, and small things several pages share.
import { computed, signal } from '@preact/signals';
import { ApiError, session, useLive } from 'lienxa/api';
import { language, type SharedKey } from 'lienxa/i18n';
import type { Option } from 'lienxa/look';
import { t } from './i18n';
import type { vi } from './i18n/vi';
import type { Catalogue, Category, Status } from './types';

type Key = keyof typeof vi | SharedKey;

const WORDS = {
    categoryClock: (of: string) => t(`categoryClock.${of}` as Key),
    group: (of: string) => t(`group.${of}` as Key),
    channel: (of: string) => t(`channel.${of}` as Key),
    outcome: (of: string) => t(`outcome.${of}` as Key),
    move: (of: string) => t(`move.${of}` as Key),
    'referral.event': (of: string) => t(`referral.event.${of}` as Key),
    'alerts.state': (of: string) => t(`alerts.state.${of}` as Key),
    'sent.kind': (of: string) => t(`sent.kind.${of}` as Key),
    'sent.fate': (of: string) => t(`sent.fate.${of}` as Key),
    did: (of: string) => t(`did.${of}` as Key),
    todo: (of: string) => t(`todo.${of}` as Key),
    advice: (of: string) => t(`advice.${of}` as Key),
};

// What people call one of the program's own words; the word itself when it is new.
export function word(kind: keyof typeof WORDS, value: string): string {
    const text = WORDS[kind](value);

    return text === `${kind}.${value}` ? value : text;
}

// ---- the catalogue: read once, kept for all pages

const catalogue = signal<Catalogue | null>(null);

export function useCatalogue(): Catalogue | null {
    const live = useLive<Catalogue>('/api/catalogue', ['reports']);

    if (live.data !== undefined && live.data !== catalogue.peek())
        catalogue.value = live.data;
    return catalogue.value;
}

const byCode = computed(() =>
    new Map((catalogue.value?.categories ?? []).map((one) => [one.code, one])));

export const categoryOf = (code: string): Category | undefined => byCode.value.get(code);

export function categoryName(code: string): string {
    const found = byCode.value.get(code);

    return found === undefined ? code : language.value === 'en' ? found.en : found.vi;
}

export function categoryOptions(list: Catalogue | null, withClock: boolean): Option[] {
    return (list?.categories ?? []).map((one) => ({
        value: one.code,
        label: language.value === 'en' ? one.en : one.vi,
        ...(withClock ? { sub: word('categoryClock', one.clock) } : {}),
        group: word('group', 'HMKNGCTV'.includes(one.group) ? one.group : 'other'),
    })).sort((a, b) => a.group.localeCompare(b.group, 'vi'));
}

// ---- the commune's state, as the shell reads it

export const status = signal<Status | undefined>(undefined);
export const waitingReferrals = signal(0);
export const unreadAlerts = signal(0);
export const waitingDisclosures = signal(0);

// The district's name, once it has told it.
export function districtName(): string {
    const name = status.value?.district ?? '';

    return name === '' || name === 'the district' ? t('link.district') : name;
}

// A unit's name by its slug or key.
export function unitName(slug: string): string {
    const unit = catalogue.value?.units.find((one) => one.slug === slug || one.unit === slug);

    return unit?.name ?? (slug === 'the district' || slug === 'district' || slug === 'hub' ? districtName() : slug);
}

// What a report is called among people: the end of its id.
export const shortId = (id: string): string => id.slice(-6).toUpperCase();

// ---- telephone numbers in free text, as the program looks for them

export function findPhone(text: string): string | null {
    for (const found of text.matchAll(/(?:\+84|0)(?:[ .\-]?\d){8,10}(?!\d)/g))
        if (found.index === 0 || !/[\d,]/.test(text[found.index - 1]!))
            return found[0];
    return null;
}

// ---- who may read what (the server judges again)

export const isAuditor = (): boolean => session.value?.role === 'auditor';
export const seesBooks = (): boolean =>
    session.value?.role === 'leader' || session.value?.role === 'auditor';

// Refused or overtaken: somebody else was quicker.
export const overtaken = (error: unknown): boolean =>
    error instanceof ApiError && (error.code === 'refused' || error.code === 'conflict');
