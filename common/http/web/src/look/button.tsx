// Buttons. One primary a page; a busy one stays in place and takes no second
// click, so that a double click is one command.
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { t } from '../i18n';
import { Icon, type IconName } from './icon';

export interface ButtonProps {
    children?: ComponentChildren;
    kind?: 'primary' | 'danger' | 'danger primary' | 'plain';
    small?: boolean;
    icon?: IconName;
    label?: string; // its name, when only the icon is shown
    disabled?: boolean; // stays reachable by keyboard: say why beside it
    submit?: boolean;
    href?: string;
    keyhint?: string;
    // A promise: the button is busy until it is settled.
    onClick?: (event: MouseEvent) => unknown;
    busy?: boolean;
    autofocus?: boolean;
}

export function Button(props: ButtonProps) {
    const [running, setRunning] = useState(false);
    const taken = useRef(false);
    const busy = running || (props.busy ?? false);
    const off = busy || (props.disabled ?? false);
    const classes = ['button', props.kind, props.small && 'small',
        props.children === undefined && 'only'].filter(Boolean).join(' ');
    const inside = (
        <>
            {busy ? <Icon name="work" spin /> : props.icon && <Icon name={props.icon} />}
            {props.children}
            {props.keyhint && <span class="keyhint" aria-hidden="true">{props.keyhint}</span>}
        </>
    );
    const press = (event: MouseEvent): void => {
        if (off || taken.current) {
            event.preventDefault();
            return;
        }
        const result = props.onClick?.(event);

        if (result instanceof Promise) {
            taken.current = true;
            setRunning(true);
            void result.finally(() => {
                taken.current = false;
                setRunning(false);
            });
        }
    };

    if (props.href !== undefined)
        return (
            <a class={classes} href={props.href} aria-label={props.label} title={props.label}
                onClick={press}>{inside}</a>
        );
    return (
        <button class={classes} type={props.submit ? 'submit' : 'button'}
            aria-label={props.label} title={props.label} aria-busy={busy || undefined}
            aria-disabled={off || undefined} autofocus={props.autofocus} onClick={press}>
            {inside}
        </button>
    );
}

// Puts `text` on the clipboard and says so in its own words.
export function CopyButton(props: { text: string; label?: string; small?: boolean }) {
    const [done, setDone] = useState(false);

    return (
        <Button icon={done ? 'check' : 'copy'} small={props.small ?? false} onClick={async () => {
            await navigator.clipboard.writeText(props.text);
            setDone(true);
            setTimeout(() => setDone(false), 2500);
        }}>{done ? t('do.copied') : props.label ?? t('do.copy')}</Button>
    );
}

// A choice of a few, one of them on.
export function Segments<V extends string>(props: {
    label: string;
    value: V;
    options: { value: V; label: string; icon?: IconName }[];
    onChange: (value: V) => void;
}) {
    return (
        <div class="segments" role="group" aria-label={props.label}>
            {props.options.map((option) => (
                <button type="button" key={option.value}
                    aria-pressed={option.value === props.value}
                    onClick={() => props.onChange(option.value)}>
                    {option.icon && <Icon name={option.icon} />}
                    {option.label}
                </button>
            ))}
        </div>
    );
}
