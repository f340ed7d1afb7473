// A page: its title (also of the window), what it is for, what can be done. A
// move to it puts the focus on the title, so that a screen reader says it.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { session } from '../api';
import { t } from '../i18n';
import { path } from '../router';
import { Icon } from './icon';

let shownPath = '';

export function Page(props: {
    title: string;
    lead?: ComponentChildren;
    actions?: ComponentChildren;
    back?: { href: string; label: string };
    beside?: ComponentChildren; // next to the title: badges
    children: ComponentChildren;
}) {
    const head = useRef<HTMLHeadingElement>(null);

    useEffect(() => {
        document.title = t('app.title', { page: props.title, place: session.value?.name ?? 'Lienxa' });
    }, [props.title, session.value?.name]);
    useEffect(() => {
        const focused = document.activeElement;

        // Not at the first page, and not over a field that has the focus.
        if (shownPath !== '' && shownPath !== path.value &&
            (focused === null || focused === document.body || !focused.closest('main, dialog')))
            head.current?.focus({ preventScroll: true });
        shownPath = path.value;
    }, [path.value]);
    return (
        <>
            <div class="page-head">
                <div>
                    {props.back && (
                        <a class="crumb no-print" href={props.back.href}>
                            <Icon name="left" />{props.back.label}
                        </a>
                    )}
                    <div class="row">
                        <h1 tabIndex={-1} ref={head}>{props.title}</h1>
                        {props.beside}
                    </div>
                    {props.lead && <p class="lead">{props.lead}</p>}
                </div>
                {props.actions && <div class="page-actions">{props.actions}</div>}
            </div>
            {props.children}
        </>
    );
}
