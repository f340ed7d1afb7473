// The list of communes as people have it: our CSV, a column copied out of a
// spreadsheet, or names typed by hand. What is wrong in it is said by its line.
import { fold } from 'lienxa/fold';

export interface Unit {
    code: string;
    from: string;
    slug: string;
    name: string;
    phone: string;
}
export type Problem = 'fields' | 'code' | 'from' | 'slug' | 'name' | 'twice';

const HEAD = 'code,valid_from,slug,name,phone';
const today = (): string => new Date(Date.now() + 7 * 3600000).toISOString().slice(0, 10);

// One line of CSV; quotes as spreadsheets write them.
function cells(line: string): string[] {
    const out: string[] = [];
    const cell = /("(?:[^"]|"")*"|[^,]*)(,|$)/y;

    for (let found = cell.exec(line); found !== null; found = cell.exec(line)) {
        const text = found[1]!;

        out.push((text.startsWith('"') ? text.slice(1, -1).replace(/""/g, '"') : text).trim());
        if (found[2] === '')
            break;
    }
    return out;
}

const quoted = (text: string): string => /[",]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
const isHead = (line: string): boolean => /^code\s*,/i.test(line);
const isoDate = (text: string): string => text.replace(/^(\d{1,2})\/(\d{1,2})\/(\d{4})$/,
    (_, day: string, month: string, year: string) => `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`);

export const slugOf = (name: string): string =>
    fold(name.replace(/^\s*(xã|phường|thị trấn)\s+/i, '')).replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');

// As the core wants it: with its head, commas, a date and a short name where they
// were left out. Nothing but blank lines: ''.
export function tidy(text: string): string {
    const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '');
    const rows = lines.map((line) => line.includes('\t') ? line.split('\t').map((cell) => quoted(cell.trim())).join(',')
        : line.includes(',') ? line : line.replace(/;/g, ','));
    const body = rows.filter((line) => !isHead(line));

    return body.length === 0 ? '' : `${[HEAD, ...body.map((line) => {
        const [code = '', from = '', slug = '', name = '', phone = '', ...rest] = cells(line);

        return [code, isoDate(from) || today(), slug || slugOf(name), name, phone, ...rest].map(quoted).join(',');
    })].join('\n')}\n`;
}

export function read(text: string): Unit[] {
    const tidied = tidy(text);

    return tidied.split('\n').slice(1).filter((line) => line !== '').map((line) => {
        const [code = '', from = '', slug = '', name = '', phone = ''] = cells(line);

        return { code, from, slug, name, phone };
    });
}

function problemIn(unit: Unit, count: number, before: Unit[]): Problem | null {
    if (count !== 5)
        return 'fields';
    if (!/^\d{1,11}$/.test(unit.code))
        return 'code';
    if (!/^\d{4}-\d\d-\d\d$/.test(unit.from) || Number.isNaN(Date.parse(unit.from)))
        return 'from';
    if (unit.name === '')
        return 'name';
    if (!/^[a-z0-9-]*[a-z][a-z0-9-]*$/.test(unit.slug))
        return 'slug';
    return before.some((one) => one.slug === unit.slug || (one.code === unit.code && one.from === unit.from)) ? 'twice' : null;
}

// The first fault of a tidied text, or null. Its line counts from 1, with the head.
export function problemOf(tidied: string): { line: number; what: Problem } | null {
    const units = read(tidied);
    const lines = tidied.split('\n');

    for (const [i, unit] of units.entries()) {
        const what = problemIn(unit, cells(lines[i + 1]!).length, units.slice(0, i));

        if (what !== null)
            return { line: i + 2, what };
    }
    return null;
}
