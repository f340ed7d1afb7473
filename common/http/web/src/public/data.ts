// What both programs answer about notices, procedures and numbers
// (common/format/notice.h), and what several of these pages share.
import { session, useLive } from '../api';
import { dateTime } from '../format';
import { language } from '../i18n';
import type { IconName, Tone } from '../look';
import { aloud, sentence } from './aloud';
import { t } from './i18n';

export interface Version {
    version: number;
    at: string | null;
    kind: string;
    state: 'draft' | 'returned' | 'approved' | 'planned' | 'published' | 'expired' | 'withdrawn';
    shared: boolean;
    title?: string; // not there: the words are not here
    text?: string;
    speaker?: string | null;
    areas?: string[];
    to?: string[];
    by?: string;
    approved_by?: string | null;
    reason?: string | null; // of a correction, a withdrawal, or of a draft's return
    returned_by?: string | null;
    effective: string | null;
    expires: string | null;
    published: string | null;
    corrected: string | null;
    withdrawn: string | null;
}
export interface Row extends Version {
    id: string;
    unit: string;
    name: string;
    own: boolean;
}
export interface Notice extends Row {
    history: Version[];
    reach?: { unit: string; name: string; phone: string | null; has: boolean; last_seen: string | null }[];
}

export interface Procedure {
    code: string;
    name: string;
    valid_from: string;
    valid_to: string | null;
    holds: boolean;
    legal_basis: string | null;
    who: string | null;
    papers: string | null;
    fee: string | null;
    time: string | null;
    channel: string | null;
    receiving_unit: string | null;
    notes: string | null;
    forms: { name: string; valid_from: string | null; valid_to: string | null; holds: boolean }[];
    last_checked: string | null;
}

export interface Kind {
    code: string;
    vi: string;
    en: string;
}
export interface Lists {
    notice_kinds: Kind[];
    units: { unit: string; slug: string; name: string }[];
}

export const isHub = (): boolean => session.value?.program === 'hub';

export const useLists = (): Lists | undefined => useLive<Lists>('/api/catalogue', []).data;

export function kindName(lists: Lists | undefined, code: string): string {
    const kind = lists?.notice_kinds.find((one) => one.code === code);

    return kind === undefined ? code : kind[language.value];
}

// ---- one being written

export const EMPTY = {
    kind: '', title: '', text: '', areas: '', effective: '', expires: '', speaker: '', shared: false, reason: '',
    all: true, to: [] as string[],
};

// What another one says, to begin with.
export function valueOf(one: Version): typeof EMPTY {
    return { ...EMPTY, kind: one.kind, title: one.title ?? '', text: one.text ?? '', areas: (one.areas ?? []).join(', '),
        effective: one.effective ?? '', expires: one.expires ?? '', speaker: one.speaker ?? '', shared: one.shared,
        all: (one.to ?? []).length === 0, to: one.to ?? [] };
}

// ---- how a notice stands

const LOOK: Record<Version['state'], { tone: Tone; icon: IconName }> = {
    draft: { tone: 'warn', icon: 'clock' },
    returned: { tone: 'warn', icon: 'pen' },
    approved: { tone: 'accent', icon: 'check' },
    planned: { tone: 'note', icon: 'clock' },
    published: { tone: 'good', icon: 'done' },
    expired: { tone: 'plain', icon: 'clock' },
    withdrawn: { tone: 'plain', icon: 'close' },
};

export const isWaiting = (one: Version): boolean => one.state === 'draft' || one.state === 'returned' || one.state === 'approved';
export const isPast = (one: Version): boolean => one.state === 'expired' || one.state === 'withdrawn';

export function span(one: Version): string {
    const from = one.effective === null ? '' : dateTime(one.effective);
    const until = one.expires === null ? '' : dateTime(one.expires);

    if (until === '')
        return from === '' ? t('notice.span.open') : t('notice.span.from', { from });
    return from === '' ? t('notice.span.until', { until }) : t('notice.span.both', { from, until });
}

export const look = (state: Version['state']): { tone: Tone; icon: IconName } => LOOK[state] ?? LOOK.expired;

// ---- what leaves the page: always in the residents' language

export function chatText(lists: Lists | undefined, one: Row): string {
    const kind = lists?.notice_kinds.find((k) => k.code === one.kind)?.vi ?? '';

    return [[kind.toUpperCase(), one.title].filter(Boolean).join(': '), one.text,
        one.areas?.length ? `Nơi cần biết: ${one.areas.join(', ')}.` : '',
        one.corrected === null || !one.reason ? '' : `Đính chính: ${sentence(one.reason)}`,
        one.expires === null ? '' : `Hiệu lực đến: ${dateTime(one.expires)}.`,
        `Nguồn: ${one.name}.`].filter(Boolean).join('\n');
}

export function loudText(one: Row): string {
    const words = one.speaker || `${sentence(one.title ?? '')} ${sentence(one.text ?? '')}`;
    const until = one.expires === null ? '' : ` Thông báo này có hiệu lực tới ${aloud(one.expires)}.`;

    return `A lô, a lô. ${one.name} xin thông báo. ${words}${until} Xin nhắc lại: ${sentence(one.title ?? '')}`;
}
