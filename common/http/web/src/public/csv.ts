// A procedure as a line of the catalogue (common/domain/procedure.h).
import type { Procedure } from './data';

const COLUMNS = ['code', 'name', 'valid_from', 'valid_to', 'legal_basis', 'who', 'papers', 'forms', 'fee', 'time', 'channel',
    'receiving_unit', 'notes', 'last_checked'] as const;

const quoted = (text: string): string => /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;

export function csvOf(one: Omit<Procedure, 'holds'>): string {
    const forms = one.forms.map((form) => form.valid_from === null && form.valid_to === null ? form.name
        : `${form.name}@${form.valid_from ?? ''}..${form.valid_to ?? ''}`).join(';');

    return `${COLUMNS.join(',')}\n${COLUMNS.map((name) => quoted(name === 'forms' ? forms : one[name] ?? '')).join(',')}\n`;
}
