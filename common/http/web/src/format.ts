// Dates and numbers for people: dd/mm/yyyy, the clock of Asia/Ho_Chi_Minh
// wherever the computer stands, and numbers as the language writes them. Pages
// read `now` of the server (api.ts, serverNow), never the computer's own clock.
import { language, t } from './i18n';

const ZONE = 'Asia/Ho_Chi_Minh';
const day = new Intl.DateTimeFormat('en-GB',
    { timeZone: ZONE, day: '2-digit', month: '2-digit', year: 'numeric' });
const clock = new Intl.DateTimeFormat('en-GB',
    { timeZone: ZONE, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const seconds = new Intl.DateTimeFormat('en-GB', { timeZone: ZONE,
    hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const weekday = {
    vi: new Intl.DateTimeFormat('vi-VN', { timeZone: ZONE, weekday: 'long' }),
    en: new Intl.DateTimeFormat('en-GB', { timeZone: ZONE, weekday: 'long' }),
};
const plain = { vi: new Intl.NumberFormat('vi-VN'), en: new Intl.NumberFormat('en-GB') };
const tenth = {
    vi: new Intl.NumberFormat('vi-VN', { maximumFractionDigits: 1 }),
    en: new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 }),
};

export type Time = string | number | Date | null | undefined;

// Milliseconds; NaN when there is none.
export function ms(at: Time): number {
    if (at === null || at === undefined || at === '')
        return NaN;
    return at instanceof Date ? at.getTime() : typeof at === 'number' ? at : Date.parse(at);
}

function shown(at: Time, as: (value: number) => string): string {
    const value = ms(at);

    return Number.isNaN(value) ? '–' : as(value);
}

// "05/11/2025". A bare "2025-11-05" is that day, in no zone.
export function date(at: Time): string {
    const bare = typeof at === 'string' && /^(\d{4})-(\d\d)-(\d\d)$/.exec(at);

    return bare ? `${bare[3]}/${bare[2]}/${bare[1]}` : shown(at, (v) => day.format(v));
}
export const time = (at: Time): string => shown(at, (v) => clock.format(v));
export const timeSeconds = (at: Time): string => shown(at, (v) => seconds.format(v));
// "14:05 05/11/2025"
export const dateTime = (at: Time): string =>
    shown(at, (v) => `${clock.format(v)} ${day.format(v)}`);
export const dayName = (at: Time): string =>
    shown(at, (v) => weekday[language.value].format(v));

// The time alone when it is of the same day as `now`, else with the day.
export function when(at: Time, now: number): string {
    return shown(at, (v) => day.format(v) === day.format(now)
        ? clock.format(v) : `${clock.format(v)} ${day.format(v)}`);
}

// "2026-11-05", for machines.
export function isoDay(at: Time): string {
    return shown(at, (v) => day.format(v).split('/').reverse().join('-'));
}

// "3 ngày 4 giờ", "25 phút", at most two units; under a minute in words.
export function duration(length: number): string {
    const minutes = Math.floor(Math.abs(length) / 60000);
    const days = Math.floor(minutes / 1440);
    const hours = Math.floor(minutes / 60) % 24;
    const rest = minutes % 60;
    const parts: string[] = [];

    if (minutes === 0)
        return t('time.seconds');
    if (days > 0)
        parts.push(t('time.days', { n: days }));
    if (hours > 0)
        parts.push(t('time.hours', { n: hours }));
    if (rest > 0 && days === 0)
        parts.push(t('time.minutes', { n: rest }));
    return parts.join(' ');
}

// "25 phút trước"
export function ago(at: Time, now: number): string {
    return shown(at, (v) => now - v < 60000
        ? t('time.now') : t('time.ago', { span: duration(now - v) }));
}

export function number(value: number | null | undefined): string {
    return value === null || value === undefined || !Number.isFinite(value)
        ? '–' : plain[language.value].format(value);
}

export function percent(part: number, whole: number): string {
    return whole === 0 ? '–' : `${tenth[language.value].format((part / whole) * 100)}%`;
}

// "+3", "−2", "0": against an earlier figure.
export function change(now: number, before: number): string {
    const by = now - before;

    return by === 0 ? '0' : `${by > 0 ? '+' : '−'}${number(Math.abs(by))}`;
}

// "+12,5%"; of nothing there is no percentage: "–".
export function changePercent(now: number, before: number): string {
    if (before === 0)
        return '–';
    const by = ((now - before) / before) * 100;

    return `${by > 0 ? '+' : by < 0 ? '−' : ''}${tenth[language.value].format(Math.abs(by))}%`;
}

export function bytes(size: number): string {
    if (size < 1024)
        return `${number(size)} B`;
    return size < 1048576 ? `${tenth[language.value].format(size / 1024)} KB`
        : `${tenth[language.value].format(size / 1048576)} MB`;
}
