// One of many, found by typing without accents: a text field with a list under
// it (ARIA combobox). Arrows move, Enter takes, Escape lets go. On a slow line one
// types before the list is here: what was taken then is found when it comes.
import { useEffect, useRef, useState } from 'preact/hooks';
import { fold, matches } from '../fold';
import { t } from '../i18n';
import type { Option, Tie } from './form';

// Those that match; whose beginning is what was typed come first.
function filter(options: readonly Option[], typed: string): Option[] {
    if (typed.trim() === '')
        return [...options];
    const start = fold(typed.trim());
    const found = options.filter((option) =>
        matches(`${option.label} ${option.sub ?? ''} ${option.value}`, typed));
    const first = found.filter((option) => fold(option.label).startsWith(start));

    return [...first, ...found.filter((option) => !first.includes(option))];
}

export function Combobox(props: Tie & {
    value: string;
    options: readonly Option[];
    onChange: (value: string) => void;
    placeholder?: string;
    autofocus?: boolean;
    free?: boolean; // what matches nothing is taken as it was typed
}) {
    const { id, value, options, onChange, autofocus, placeholder, free, ...tie } = props;
    const labelOf = (of: string): string =>
        options.find((option) => option.value === of)?.label ?? (free ? of : '');
    const [typed, setTyped] = useState<string | null>(null); // null: not typing
    const [open, setOpen] = useState(false);
    const [at, setAt] = useState(0);
    const input = useRef<HTMLInputElement>(null);
    const list = useRef<HTMLUListElement>(null);
    const early = useRef<string | null>(null); // taken before the list was here
    const waits = options.length === 0 && !free;
    const shown = filter(options, typed ?? '');
    const active = open ? shown[at] : undefined;

    useEffect(() => {
        if (autofocus)
            input.current?.focus();
    }, []);
    useEffect(() => {
        list.current?.querySelector('[aria-selected="true"]')
            ?.scrollIntoView({ block: 'nearest' });
    }, [at, open]);

    useEffect(() => {
        if (waits || early.current === null)
            return;
        const [first] = filter(options, early.current);

        early.current = null;
        if (first === undefined)
            setOpen(document.activeElement === input.current); // there is none: as typed
        else
            take(first);
    }, [waits]);

    const show = (): void => {
        if (open)
            return;
        setAt(Math.max(0, shown.findIndex((option) => option.value === value)));
        setOpen(true);
    };
    const shut = (): void => {
        setOpen(false);
        setTyped(null);
    };
    const take = (option: Option): void => {
        onChange(option.value);
        shut();
    };
    const leave = (): void => {
        if (early.current !== null) {
            setOpen(false);
            return;
        }
        if (typed !== null) {
            const exact = options.find((option) => fold(option.label) === fold(typed.trim()));

            if (exact !== undefined)
                onChange(exact.value);
            else if (free || typed.trim() === '')
                onChange(typed.trim());
        }
        shut();
    };
    const keydown = (event: KeyboardEvent): void => {
        if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
            event.preventDefault();
            if (!open)
                show();
            else if (shown.length > 0)
                setAt((at + (event.key === 'ArrowDown' ? 1 : shown.length - 1)) % shown.length);
        } else if (waits && typed && (event.key === 'Enter' || event.key === 'Tab') &&
            !event.ctrlKey && !event.metaKey) {
            early.current = typed;
            setOpen(false);
            if (event.key === 'Enter')
                event.preventDefault();
        } else if (event.key === 'Enter' && open && active !== undefined &&
            !event.ctrlKey && !event.metaKey) {
            event.preventDefault();
            take(active);
        } else if (event.key === 'Tab' && open && active !== undefined && typed) {
            take(active);
        } else if (event.key === 'Escape' && open) {
            event.preventDefault();
            event.stopPropagation();
            shut();
        }
    };
    let group = '';

    return (
        <div class="combo">
            <input {...tie} id={id} ref={input} class="input" role="combobox" autocomplete="off"
                spellcheck={false} aria-autocomplete="list" aria-expanded={open}
                aria-controls={`${id}-list`} placeholder={placeholder ?? t('combo.hint')}
                aria-activedescendant={active ? `${id}-${shown.indexOf(active)}` : undefined}
                value={typed ?? labelOf(value)}
                onInput={(event) => {
                    early.current = null;
                    setTyped(event.currentTarget.value);
                    setAt(0);
                    setOpen(true);
                }}
                onClick={show} onKeyDown={keydown} onBlur={leave} />
            {open && (
                <ul class="combo-list" id={`${id}-list`} role="listbox" ref={list}>
                    {shown.map((option, i) => {
                        const head = option.group !== undefined && option.group !== group &&
                            typed === null ? option.group : '';

                        group = option.group ?? '';
                        return [
                            head !== '' && <li key={`g-${head}`} class="group" role="presentation"
                                onMouseDown={(event) => event.preventDefault()}>{head}</li>,
                            <li key={option.value} id={`${id}-${i}`} role="option"
                                aria-selected={i === at}
                                onMouseDown={(event) => {
                                    event.preventDefault();
                                    take(option);
                                }}>
                                {option.label}
                                {option.sub && <span class="sub"> {option.sub}</span>}
                            </li>,
                        ];
                    })}
                    {shown.length === 0 && <li class="none" role="presentation">{t(waits ? 'combo.waits' : 'combo.none')}</li>}
                </ul>
            )}
            <span class="hidden" role="status">
                {open && typed ? t('combo.count', { n: shown.length }) : ''}
            </span>
        </div>
    );
}
