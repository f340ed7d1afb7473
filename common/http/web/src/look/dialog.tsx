// A native dialog: the browser keeps the focus inside and gives it back. Escape
// and the cross close it. The first thing that can be done has the focus; of a
// question, letting it be.
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { Button } from './button';

export function Dialog(props: {
    title: string;
    onClose: () => void;
    children: ComponentChildren;
    end?: ComponentChildren; // the buttons
    wide?: boolean;
}) {
    const ref = useRef<HTMLDialogElement>(null);
    const id = useId();

    useLayoutEffect(() => {
        const dialog = ref.current;
        const before = document.activeElement;

        if (dialog !== null && !dialog.open)
            dialog.showModal();
        return () => {
            dialog?.close(); // what is behind it can have the focus again
            if (before instanceof HTMLElement)
                before.focus();
        };
    }, []);
    return (
        <dialog ref={ref} class={`dialog${props.wide ? ' wide' : ''}`} aria-labelledby={id}
            onCancel={(event) => {
                event.preventDefault();
                props.onClose();
            }}>
            <h2 id={id}>{props.title}</h2>
            <div class="dialog-body">{props.children}</div>
            {props.end && <div class="dialog-end">{props.end}</div>}
            <Button small kind="plain" icon="close" label={t('do.close')} onClick={props.onClose} />
        </dialog>
    );
}

// A question before something that cannot be undone.
export function Confirm(props: {
    title: string;
    children: ComponentChildren;
    yes: string; // what is done, as a verb: "Xóa bản nháp", never "OK"
    danger?: boolean;
    onYes: () => unknown;
    onClose: () => void;
}) {
    return (
        <Dialog title={props.title} onClose={props.onClose} end={
            <>
                <Button onClick={props.onClose}>{t('do.cancel')}</Button>
                <Button kind={props.danger ? 'danger primary' : 'primary'}
                    onClick={props.onYes}>{props.yes}</Button>
            </>
        }>{props.children}</Dialog>
    );
}
