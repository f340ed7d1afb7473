// Marks: an icon and a word each, so that colour is never alone.
import type { ComponentChildren } from 'preact';
import { t, type SharedKey } from '../i18n';
import { Icon, StateIcon, type IconName } from './icon';

export type Tone = 'plain' | 'note' | 'good' | 'warn' | 'danger' | 'accent' | 'violet' | 'solid';

export function Badge(props: { tone?: Tone; icon?: IconName; children: ComponentChildren }) {
    return (
        <span class={`badge ${props.tone ?? 'plain'}`}>
            {props.icon && <Icon name={props.icon} />}
            {props.children}
        </span>
    );
}

const STATE_TONE: Record<string, string> = {
    moi: 'note', da_tiep_nhan: 'accent', phan_loai: 'accent', xac_minh: 'accent',
    dang_xu_ly: 'accent', cho_bo_sung: 'warn', da_chuyen: 'violet', da_xu_ly: 'good',
    dong: 'quiet',
};

// A report's state, by the program's own word for it.
export function State({ state }: { state: string }) {
    return (
        <span class={`state ${STATE_TONE[state] ?? 'quiet'}`}>
            <StateIcon state={state} />
            {state in STATE_TONE ? t(`reportState.${state}` as SharedKey) : state}
        </span>
    );
}

const SEVERITY: Record<string, { tone: Tone; icon: IconName }> = {
    extreme: { tone: 'solid', icon: 'danger' },
    severe: { tone: 'danger', icon: 'danger' },
    moderate: { tone: 'warn', icon: 'warning' },
    minor: { tone: 'note', icon: 'info' },
};

export function Severity({ severity }: { severity: string }) {
    const look = SEVERITY[severity];

    return look === undefined ? <Badge>{severity}</Badge> : (
        <Badge tone={look.tone} icon={look.icon}>{t(`severity.${severity}` as SharedKey)}</Badge>
    );
}

export function Urgent() {
    return <Badge tone="solid" icon="danger">{t('mark.urgent')}</Badge>;
}
