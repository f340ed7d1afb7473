// Tabs (ARIA): arrows move between them, one panel is shown.
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';

export interface Tab {
    id: string;
    label: ComponentChildren;
}

export function Tabs(props: {
    label: string;
    tabs: readonly Tab[];
    value: string;
    onChange: (id: string) => void;
    children: ComponentChildren; // the panel of `value`
}) {
    const list = useRef<HTMLDivElement>(null);
    const move = (event: KeyboardEvent): void => {
        const at = props.tabs.findIndex((tab) => tab.id === props.value);
        const count = props.tabs.length;
        const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: count - 1 }[event.key];
        const tab = to === undefined ? undefined : props.tabs[(to + count) % count];

        if (tab === undefined)
            return;
        event.preventDefault();
        props.onChange(tab.id);
        list.current?.querySelector<HTMLElement>(`#tab-${tab.id}`)?.focus();
    };

    return (
        <div>
            <div class="tabs" role="tablist" aria-label={props.label} ref={list} onKeyDown={move}>
                {props.tabs.map((tab) => (
                    <button type="button" key={tab.id} role="tab" id={`tab-${tab.id}`}
                        aria-selected={tab.id === props.value} aria-controls={`panel-${props.value}`}
                        tabIndex={tab.id === props.value ? 0 : -1}
                        onClick={() => props.onChange(tab.id)}>{tab.label}</button>
                ))}
            </div>
            <div role="tabpanel" id={`panel-${props.value}`} aria-labelledby={`tab-${props.value}`}
                tabIndex={0}>
                {props.children}
            </div>
        </div>
    );
}
