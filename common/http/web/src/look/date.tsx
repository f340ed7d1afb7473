// A day, or a day and its time, typed as people here write it: dd/mm/yyyy hh:mm.
// (The browser's own date field writes in the language of the computer, which is
// often not the reader's.) "5/11", "5-11-25 8:30" and "051125" are understood.
import { useEffect, useState } from 'preact/hooks';
import { serverNow } from '../api';
import { date, isoDay, time } from '../format';
import { t } from '../i18n';
import type { Tie } from './form';

function dayOf(text: string, now: number): string | null {
    const packed = /^(\d\d)(\d\d)(\d\d|\d{4})?$/.exec(text);
    const parts = packed ? packed.slice(1).filter(Boolean) : text.split(/[/.\-\s]+/);
    const [d, m, y] = parts.map(Number);
    const year = y === undefined ? Number(isoDay(now).slice(0, 4)) : y < 100 ? 2000 + y : y;
    const made = new Date(Date.UTC(year, (m ?? 0) - 1, d ?? 0));

    if (parts.length < 2 || parts.length > 3 || parts.some((part) => !/^\d+$/.test(part)) ||
        made.getUTCDate() !== d || made.getUTCMonth() !== (m ?? 0) - 1 || year < 1900 || year > 2999)
        return null;
    return made.toISOString().slice(0, 10);
}

function timeOf(text: string): string | null {
    const found = /^(\d{1,2})(?:[:hg.]?(\d\d))?[hg]?$/.exec(text);
    const [hour, minute] = [Number(found?.[1]), Number(found?.[2] ?? 0)];

    return found === null || hour > 23 || minute > 59 ? null
        : `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}

// "2025-11-05", or with a time "2025-11-05T08:30:00+07:00"; null: not understood.
export function parseDay(text: string, now = serverNow()): string | null {
    return dayOf(text.trim(), now);
}

export function parseMoment(text: string, now = serverNow()): string | null {
    const found = /^(.*?)\s+(\S+)$/.exec(text.trim());
    const alone = timeOf(text.trim()); // a time alone is today's

    if (alone !== null && /[:hg]/.test(text))
        return `${isoDay(now)}T${alone}:00+07:00`;
    const day = found && dayOf(found[1]!, now);
    const at = found && timeOf(found[2]!);

    return day && at ? `${day}T${at}:00+07:00` : null;
}

function Typed(props: Partial<Tie> & {
    value: string;
    onChange: (value: string) => void;
    form: string;
    example: string;
    parse: (text: string) => string | null;
    show: (value: string) => string;
}) {
    const { value, onChange, form, example, parse, show, ...tie } = props;
    const [text, setText] = useState(value === '' ? '' : show(value));
    const bad = text.trim() !== '' && parse(text) === null;
    const [told, setTold] = useState(false);

    // Changed from outside: a draft opened again, a form emptied.
    useEffect(() => {
        if (value !== (parse(text) ?? ''))
            setText(value === '' ? '' : show(value));
    }, [value]);
    return (
        <>
            <input {...tie} class="input short num" type="text" inputMode="text" autocomplete="off"
                placeholder={form} value={text} aria-invalid={(told && bad) || tie['aria-invalid']}
                onInput={(event) => {
                    setText(event.currentTarget.value);
                    setTold(false);
                    onChange(parse(event.currentTarget.value) ?? '');
                }}
                onBlur={() => {
                    setTold(true);
                    if (value !== '')
                        setText(show(value));
                }} />
            {told && bad && <span class="wrong" role="alert">{t('date.wrong', { form, example })}</span>}
        </>
    );
}

type DateProps = Partial<Tie> & { value: string; onChange: (value: string) => void };

export function DateInput(props: DateProps) {
    return <Typed {...props} form={t('date.day')} example="05/11/2025"
        parse={parseDay} show={date} />;
}

export function MomentInput(props: DateProps) {
    return <Typed {...props} form={t('date.moment')} example="05/11/2025 08:30"
        parse={parseMoment}
        show={(value) => `${date(value)} ${time(value)}`} />;
}
