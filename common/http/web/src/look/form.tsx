// Forms: a field is a label, its control, what helps and what is wrong, tied
// together for who cannot see them. Errors are told at the field and in one box
// above (FormErrors), never by colour alone.
//
//   <Form onSubmit={save}>
//     <FormErrors errors={errors} />
//     <Field id="text" label="Nội dung" required error={errors.text}>
//       {(tie) => <Textarea {...tie} value={text} onInput={setText} />}
//     </Field>
//     <FormEnd><Button submit kind="primary">Lưu</Button></FormEnd>
//   </Form>
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { Icon } from './icon';

export type Errors = Record<string, string | undefined>; // by field's id

export interface Tie {
    id: string;
    'aria-describedby'?: string;
    'aria-invalid'?: boolean;
    'aria-required'?: boolean;
}

export function Field(props: {
    id: string;
    label: ComponentChildren;
    children: (tie: Tie) => ComponentChildren;
    hint?: ComponentChildren;
    error?: string | undefined;
    required?: boolean;
    optional?: boolean; // says so: for the few optional ones of a form
    wide?: boolean;
}) {
    const { id } = props;
    const told = [props.hint && `${id}-hint`, props.error && `${id}-wrong`].filter(Boolean);
    const tie: Tie = { id };

    if (told.length > 0)
        tie['aria-describedby'] = told.join(' ');
    if (props.error)
        tie['aria-invalid'] = true;
    if (props.required)
        tie['aria-required'] = true;
    return (
        <div class={`field${props.error ? ' bad' : ''}${props.wide ? ' wide' : ''}`}>
            <label for={id}>
                {props.label}
                {props.optional && <span class="mark"> ({t('field.optional')})</span>}
            </label>
            {props.hint && <span class="hint" id={`${id}-hint`}>{props.hint}</span>}
            {props.error && (
                <span class="wrong" id={`${id}-wrong`}>
                    <Icon name="danger" />{props.error}
                </span>
            )}
            {props.children(tie)}
        </div>
    );
}

interface TextProps extends Partial<Tie> {
    value: string;
    onInput: (value: string) => void;
    placeholder?: string;
    autofocus?: boolean;
    readOnly?: boolean;
    maxLength?: number;
    onBlur?: () => void;
}

// A field that appears because somebody asked for it takes the focus.
function useFocus<E extends HTMLElement>(wanted: boolean | undefined) {
    const ref = useRef<E>(null);

    useEffect(() => {
        if (wanted)
            ref.current?.focus();
    }, []);
    return ref;
}

export function Input(props: TextProps & {
    type?: 'text' | 'password' | 'tel' | 'search' | 'date' | 'time' | 'datetime-local' | 'number';
    width?: 'short' | 'medium';
    autocomplete?: string;
    inputMode?: 'numeric' | 'tel' | 'text';
    name?: string;
    min?: string;
    max?: string;
}) {
    const { value, onInput, autofocus, width, type = 'text', ...rest } = props;
    const ref = useFocus<HTMLInputElement>(autofocus);

    return (
        <input {...rest} ref={ref} type={type as 'text'} value={value}
            class={`input${width ? ` ${width}` : ''}`}
            onInput={(event) => onInput(event.currentTarget.value)} />
    );
}

export function Search(props: {
    id?: string;
    label: string;
    value: string;
    onInput: (value: string) => void;
    placeholder?: string;
}) {
    return (
        <div class="with-icon">
            <Icon name="search" />
            <input id={props.id} class="input" type="search" data-search aria-label={props.label}
                value={props.value} placeholder={props.placeholder ?? props.label}
                onInput={(event) => props.onInput(event.currentTarget.value)} />
        </div>
    );
}

// Grows with its text; counts down the last tenth of `limit` characters.
export function Textarea(props: TextProps & { rows?: number; limit?: number }) {
    const { value, onInput, autofocus, limit, rows = 4, ...rest } = props;
    const ref = useFocus<HTMLTextAreaElement>(autofocus);
    const left = limit === undefined ? Infinity : limit - value.length;

    return (
        <>
            <textarea {...rest} ref={ref} rows={rows} value={value} class="input"
                onInput={(event) => onInput(event.currentTarget.value)} />
            {left <= (limit ?? 0) / 10 && (
                <span class="hint num" role="status">
                    {left >= 0 ? t('field.left', { n: left })
                        : t('field.long', { over: -left, limit: limit ?? 0 })}
                </span>
            )}
        </>
    );
}

export interface Option {
    value: string;
    label: string;
    sub?: string; // Combobox: a second line
    group?: string;
}

export function Select(props: Partial<Tie> & {
    value: string;
    options: readonly Option[];
    onChange: (value: string) => void;
    empty?: string; // label of "none": '' can be chosen
    width?: 'short' | 'medium';
}) {
    const { value, options, onChange, empty, width, ...rest } = props;
    const groups = [...new Set(options.map((option) => option.group ?? ''))];
    const list = (group: string) => options
        .filter((option) => (option.group ?? '') === group)
        .map((option) => <option key={option.value} value={option.value}>{option.label}</option>);

    return (
        <select {...rest} value={value} class={`input${width ? ` ${width}` : ''}`}
            onChange={(event) => onChange(event.currentTarget.value)}>
            {empty !== undefined && <option value="">{empty}</option>}
            {groups.map((group) => group === '' ? list(group)
                : <optgroup key={group} label={group}>{list(group)}</optgroup>)}
        </select>
    );
}

export function Checkbox(props: {
    id: string;
    label: ComponentChildren;
    checked: boolean;
    onChange: (checked: boolean) => void;
    hint?: ComponentChildren;
    urgent?: boolean;
}) {
    return (
        <label class={`check${props.urgent ? ' urgent' : ''}`}>
            <input id={props.id} type="checkbox" checked={props.checked}
                aria-describedby={props.hint ? `${props.id}-hint` : undefined}
                onChange={(event) => props.onChange(event.currentTarget.checked)} />
            <span>{props.label}</span>
            {props.hint && <span class="hint quiet" id={`${props.id}-hint`}>{props.hint}</span>}
        </label>
    );
}

export function Radios(props: {
    name: string;
    label: ComponentChildren;
    value: string;
    options: readonly (Option & { hint?: string })[];
    onChange: (value: string) => void;
    error?: string | undefined;
}) {
    return (
        <fieldset class={`field${props.error ? ' bad' : ''}`} id={props.name} tabIndex={-1}
            aria-describedby={props.error ? `${props.name}-wrong` : undefined}>
            <legend>{props.label}</legend>
            {props.error && (
                <span class="wrong" id={`${props.name}-wrong`}>
                    <Icon name="danger" />{props.error}
                </span>
            )}
            {props.options.map((option) => (
                <label class="check" key={option.value}>
                    <input type="radio" name={props.name} value={option.value}
                        checked={option.value === props.value}
                        onChange={() => props.onChange(option.value)} />
                    <span>{option.label}</span>
                    {option.hint && <span class="hint quiet">{option.hint}</span>}
                </label>
            ))}
        </fieldset>
    );
}

// Ctrl+Enter sends from anywhere in it.
export function Form(props: { children: ComponentChildren; onSubmit: () => void; label?: string }) {
    return (
        <form class="form" noValidate aria-label={props.label}
            onSubmit={(event) => {
                event.preventDefault();
                props.onSubmit();
            }}
            onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey))
                    event.currentTarget.requestSubmit();
            }}>
            {props.children}
        </form>
    );
}

export function FormEnd(props: { children: ComponentChildren }) {
    return <div class="form-end">{props.children}</div>;
}

// Takes the focus when errors appear; each line leads to its field. Give it a new
// object for every try.
export function FormErrors({ errors }: { errors: Errors }) {
    const ref = useRef<HTMLDivElement>(null);
    const list = Object.entries(errors).filter(([, text]) => text);

    useEffect(() => {
        if (list.length > 0)
            ref.current?.focus();
    }, [errors]);
    if (list.length === 0)
        return null;
    return (
        <div class="box danger" tabIndex={-1} ref={ref} role="alert">
            <Icon name="danger" />
            <div class="box-in">
                <p class="box-title">{t('form.errors', { n: list.length })}</p>
                <ul>
                    {list.map(([id, text]) => (
                        <li key={id}>
                            <a href={`#${id}`} onClick={(event) => {
                                event.preventDefault();
                                document.getElementById(id)?.focus();
                            }}>{text}</a>
                        </li>
                    ))}
                </ul>
            </div>
        </div>
    );
}
