// What the node's reads answer (node/read.h), as its pages use it.
import type { Due as ClockDue } from 'lienxa/look';

export interface Status {
    name: string;
    district: string;
    district_phone: string | null;
    online: boolean;
    last_contact: string | null;
    backlog: number;
    urgent_waiting: number; // changes that go ahead and wait
    vault_locked: number;
    hours: string | null; // of the line: "19:00-06:00"
    awaits_hours: boolean; // something waits for them
    retired: boolean;
    filling: boolean;
    alarms: string[];
    counts: { open: number; overdue: number; urgent_waiting: number };
    now: string;
}
export interface Category {
    code: string;
    vi: string;
    en: string;
    group: string;
    seal: 'no' | 'opt' | 'yes' | 'always';
    clock: 'now' | 'now_if_live' | '24h' | '72h' | 'booking' | 'working_day';
    custodian: boolean;
    bypasses_post?: boolean; // goes to the district at once; no officer sees it again
}
export interface Unit {
    unit: string;
    slug: string;
    name: string;
}
export interface Catalogue {
    categories: Category[];
    states: string[];
    channels: string[];
    outcomes: string[];
    units: Unit[];
    villages: string[];
}
export interface Due extends Omit<ClockDue, 'at'> {
    at: string | null; // nobody knows while it stands still
}
export interface Row {
    id: string;
    category: string;
    state: string;
    urgent: boolean;
    ring: boolean;
    received: string;
    day: string;
    hour: number | null;
    village: string | null;
    text: string | null;
    channel: string;
    outcome: string | null;
    due: Due | null;
    referred: { direction: 'in' | 'out'; unit: string; name: string; stage: string } | null;
    erased: boolean;
}
export interface List {
    now: string;
    total: number;
    total_is_least: boolean;
    next: string | null;
    filling: boolean;
    rows: Row[];
}
export interface Referral {
    id: string;
    direction: 'in' | 'out';
    unit: string; // the other side's slug
    report: string;
    copy: string | null; // the working copy here
    stage: 'waiting' | 'accepted' | 'refused' | 'returned' | 'done';
    offered: string;
    answered: string | null;
    by: string | null;
    reason: string | null;
    category: string;
    urgent: boolean;
    village: string | null;
    received: string;
    text: string | null;
    erased: boolean;
    due?: Due | null;
}
export interface Move {
    to: string;
    command: 'report.move' | 'report.refer';
    outcomes: string[];
    note_needed: boolean;
}
export interface Report extends Omit<Row, 'erased'> {
    erased: { at: string; by: string | null; reason: string | null } | null;
    notes?: { at: string; by: string; text: string }[];
    lat?: number;
    lon?: number;
    conflict: boolean;
    history: {
        version: number; at: string; state: string; by: string | null; note: string | null;
        delivered: boolean; erasure: boolean;
    }[];
    moves: Move[];
    clocks: { what: string; at: string | null; done: string | null; state: 'running' | 'met' | 'missed' | 'paused' }[];
    referral: Referral | null;
    continues?: { unit: string; report: string };
    passed_on?: { at: string; what: string; unit: string; by: string | null; reason: string | null }[];
    sender: { present: boolean; key: 'duty' | 'custodian' | null };
    attachments: { name: string }[]; // its own files: node/web/files-part.tsx
    similar: { id: string; state: string; received: string; village: string | null; text: string | null }[];
}
export interface Alert {
    id: string;
    event: string;
    headline: string;
    severity: string;
    state: 'active' | 'cancelled' | 'updated' | 'expired';
    issued: string;
    expires: string;
    acknowledged: string | null;
    by: string | null;
    text: string;
    reason: string | null; // why it was taken back
}
export interface Disclosure {
    id: string;
    report: string;
    category: string | null;
    rule: 'duty' | 'custodian';
    state: 'asked' | 'open' | 'over' | 'refused' | 'expired';
    asked_by: string;
    asked: string;
    reason: string | null;
    decided_by: string | null;
    decided: string | null;
    refusal: string | null;
    until: string | null;
    openings: number;
    opened: string | null;
}
