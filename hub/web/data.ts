// What the hub answers (hub/api_reads.h), as types, and what every page asks for.
import { session, useLive, type Live } from 'lienxa/api';
import { when } from 'lienxa/format';
import { language } from 'lienxa/i18n';
import { now, type Due } from 'lienxa/look';
import { t } from './i18n';

// How much of the district a total rests on.
export interface Holds {
    units: number;
    of: number;
    oldest: string | null;
}

export interface Status {
    now: string;
    units: number;
    heard: number;
    here: number; // in conversation now
    last_seen: string | null;
    holds: Holds;
    counts?: { open: number; urgent: number; waiting: number; overdue: number; today: number };
    alerts: number;
    alarms: string[];
    quarantined: number;
    ring_after_ms: number;
    backed_up: string | null;
}

export interface Category {
    code: string;
    vi: string;
    en: string;
    group: string;
}
export interface Unit {
    unit: string; // its slug: as every list names it
    key: string;
    code: string;
    name: string;
    phone: string | null;
}
interface Words {
    headline: string;
    text: string;
}
export interface Template {
    id: string;
    event: string;
    severity: string;
    expires: string;
    vi: Words;
    en: Words;
}
export interface Catalogue {
    categories: Category[];
    states: string[];
    severities: string[];
    units: Unit[];
    templates?: Template[];
}

export interface Waiting {
    id: string;
    unit: string;
    name: string;
    phone: string | null;
    category: string;
    state: string;
    village: string | null;
    received: string;
    rings: string;
    ring: boolean;
}
// null: fewer than five of a commune and a kind, or what would give such a number
// away; only for who sees no single report.
export type Count = number | null;
export interface BoardUnit {
    unit: string;
    name: string;
    phone: string | null;
    online: boolean;
    as_of: string | null;
    last_seen: string | null;
    backlog: number | null;
    open: Count;
    urgent: Count;
    waiting: Count;
    overdue: Count;
    today: Count;
}
export interface Board {
    now: string;
    from: string;
    to: string;
    holds: Holds;
    totals: {
        open: Count; urgent: Count; waiting: Count; overdue: Count; today: Count;
        today_last_week: Count; week: Count; week_before: Count; range: Count;
    };
    urgent: Waiting[];
    units: BoardUnit[];
    by_day: { day: string; count: Count }[];
    by_category: { category: string; count: Count }[];
    by_hour: { from: number | null; to: number | null; count: Count }[];
    by_village: { unit: string; village: string | null; count: Count }[];
}

export interface Report {
    id: string;
    unit: string;
    category: string;
    state: string;
    urgent: boolean;
    received: string;
    day: string;
    hour: number | null;
    village: string | null;
    channel: string;
    outcome: string | null;
    attachments: number;
    due: Due | null;
    ring: boolean;
    text: string | null;
    referred: boolean;
}

export interface Reach {
    of: number;
    sent: number;
    stored: number;
    shown: number;
    acknowledged: number;
    refused: number;
}

// The pages of a role, as hub/policy.c has them: the server judges again.
export const role = (...roles: string[]): boolean => roles.includes(session.value?.role ?? '');

export const useCatalogue = (): Live<Catalogue> => useLive<Catalogue>('/api/catalogue', ['directory']);
export const useStatus = (): Live<Status> =>
    useLive<Status>('/api/status', ['reports', 'link', 'nodes', 'alarms', 'alerts']);

// Names by code; a code that nobody knows is shown as it is.
export function useNames() {
    const catalogue = useCatalogue().data;

    return {
        catalogue,
        category: (code: string): string =>
            catalogue?.categories.find((one) => one.code === code)?.[language.value] ?? code,
        unit: (slug: string): string => slug === 'district' ? t('unit.district')
            : catalogue?.units.find((one) => one.unit === slug)?.name ?? slug,
        phone: (slug: string): string | null =>
            catalogue?.units.find((one) => one.unit === slug)?.phone ?? null,
    };
}

// "10/10 xã, cũ nhất 14:05"
export const holdsText = (holds: Holds): string => holds.units === 0
    ? t('holds.none', { of: holds.of })
    : t('holds.some', { units: holds.units, of: holds.of, oldest: when(holds.oldest, now()) });

// Figures older than this are old.
export const OLD_MS = 3600000;

type Key = Parameters<typeof t>[0];

const WORDS = {
    alertState: (of: string) => t(`alertState.${of}` as Key),
    reached: (of: string) => t(`reached.${of}` as Key),
    severity: (of: string) => t(`severity.${of}` as Key),
    'compose.severity': (of: string) => t(`compose.severity.${of}` as Key),
    reportState: (of: string) => t(`reportState.${of}` as Key),
    channel: (of: string) => t(`channel.${of}` as Key),
    outcome: (of: string) => t(`outcome.${of}` as Key),
    clock: (of: string) => t(`clock.${of}` as Key),
    stage: (of: string) => t(`stage.${of}` as Key),
    nodeState: (of: string) => t(`nodeState.${of}` as Key),
    todo: (of: string) => t(`todo.${of}` as Key),
    did: (of: string) => t(`did.${of}` as Key),
    role: (of: string) => t(`role.${of}` as Key),
};

// The program's own words in the reader's language; a new one as it is.
export function word(kind: keyof typeof WORDS, value: string): string {
    const text = WORDS[kind](value);

    return text === `${kind}.${value}` ? value : text;
}
