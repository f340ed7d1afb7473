// Nothing yet, not yet, and not at all: every list and page has these three.
import type { ComponentChildren } from 'preact';
import { ApiError, type Live } from '../api';
import { time } from '../format';
import { t } from '../i18n';
import { Button } from './button';
import { Icon, type IconName } from './icon';

export function Empty(props: { title?: string; icon?: IconName; children?: ComponentChildren }) {
    return (
        <div class="empty">
            <Icon name={props.icon ?? 'inbox'} />
            <p class="empty-title">{props.title ?? t('state.empty')}</p>
            {props.children}
        </div>
    );
}

// Appears after a moment: what is quick does not flicker.
export function Loading() {
    return (
        <div class="loading late" role="status">
            {t('state.loading')}
            <div class="bars" aria-hidden="true"><i /><i /><i /></div>
        </div>
    );
}

export type BoxTone = 'note' | 'good' | 'warn' | 'danger';
const BOX_ICON: Record<BoxTone, IconName> = {
    note: 'info', good: 'done', warn: 'warning', danger: 'danger',
};

export function Box(props: {
    tone?: BoxTone;
    title?: ComponentChildren;
    children?: ComponentChildren;
    live?: boolean; // read aloud when it appears
}) {
    const tone = props.tone ?? 'note';

    return (
        <div class={`box ${tone}`} role={props.live ? 'alert' : undefined}>
            <Icon name={BOX_ICON[tone]} />
            <div class="box-in">
                {props.title && <p class="box-title">{props.title}</p>}
                {props.children}
            </div>
        </div>
    );
}

// The sentence by code, in the reader's language.
export function errorText(error: unknown): string {
    return t(`error.${error instanceof ApiError ? error.code : 'broken'}`);
}

// What the program itself said, in English, for who is asked for help.
export function errorDetails(error: unknown): string {
    return error instanceof ApiError ? error.details : String(error);
}

export function ErrorBox(props: { error: unknown; title?: string; onRetry?: () => void }) {
    if (!props.error)
        return null;
    const details = errorDetails(props.error);

    return (
        <Box tone="danger" title={props.title ?? t('error.title')} live>
            <p>{errorText(props.error)}</p>
            {details !== '' && (
                <details>
                    <summary>{t('do.details')}</summary>
                    <code lang="en">{details}</code>
                </details>
            )}
            {props.onRetry && (
                <Button small icon="refresh" onClick={props.onRetry}>{t(props.error instanceof ApiError && props.error.code === 'stale' ? 'do.reload' : 'do.retry')}</Button>
            )}
        </Box>
    );
}

// The usual frame of a live read: loading, error, old data, data.
export function Await<T>(props: { live: Live<T>; children: (data: T) => ComponentChildren }) {
    const { live } = props;

    if (live.data === undefined)
        return live.error ? <ErrorBox error={live.error} onRetry={live.reload} /> : <Loading />;
    return (
        <>
            {live.error && (
                <p class="row quiet stale" role="status">
                    <Icon name="refresh" />{t('state.stale', { time: time(live.at) })}
                </p>
            )}
            {props.children(live.data)}
        </>
    );
}
