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

const digit = (text: string, at: number): boolean => /\d/.test(text[at] ?? '');
// Spaces, dots, dashes and brackets between two groups of digits.
const gap = (text: string, at: number): number => /^[ \u00a0.()-]{1,3}(?=\d)/.exec(text.slice(at, at + 4))?.[0].length ?? 0;

function isPhone(digits: string): boolean {
    return /^0(1\d{9}|2\d{8,9}|[358][1-9]\d{7}|[79]\d{8})$/.test(digits);
}

// Where the number ends that begins at `from`; 0 if none does.
function phoneEnd(text: string, from: number): number {
    const code = /^(\+84|0084|84)/.exec(text.slice(from, from + 4))?.[0];
    let at = from;
    let digits = '';

    if (code !== undefined) { // it stands for the 0
        digits = '0';
        at += code.length;
        at += gap(text, at);
        if (text[at] === '0') // +84 (0) 905 ..
            at += 1 + gap(text, at + 1);
    }
    while (digit(text, at) && digits.length < 11) {
        digits += text[at++];
        if (digit(text, at))
            continue;
        if (isPhone(digits))
            return at;
        at += gap(text, at);
    }
    return 0;
}

export function findPhone(text: string): string | null {
    for (const { 0: head, index } of text.matchAll(/\+?\d+/g)) {
        const end = phoneEnd(text, index);

        if (end > 0)
            return text.slice(head[0] !== '+' && text[index - 1] === '(' ? index - 1 : index, end);
    }
    return null;
}

// ---- who may read what (the server judges again)

export const isAuditor = (): boolean => session.value?.role === 'auditor';
export const seesBooks = (): boolean =>
    session.value?.role === 'leader' || session.value?.role === 'auditor';

// Refused or overtaken: somebody else was quicker.
export const overtaken = (error: unknown): boolean =>
    error instanceof ApiError && (error.code === 'refused' || error.code === 'conflict');
