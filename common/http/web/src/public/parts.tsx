// Small parts of these pages.
import type { ComponentChildren } from 'preact';
import { serverNow } from '../api';
import { dateTime } from '../format';
import { Badge, Icon } from '../look';
import { t } from './i18n';
import { kindName, look, span, useLists, type Row, type Version } from './data';

export function Standing({ one }: { one: Version }) {
    const { tone, icon } = look(one.state);

    return <Badge tone={tone} icon={icon}>{t(`notice.state.${one.state}`)}</Badge>;
}

// A number that can be called from where it stands.
export function Tel({ number, large }: { number: string; large?: boolean }) {
    return (
        <a class={large ? 'tel large num' : 'tel num'} href={`tel:${number.replace(/[^\d+]/g, '')}`}>
            <Icon name="phone" />{number}
        </a>
    );
}

// As residents read it.
export function Words({ one }: { one: Row }) {
    const lists = useLists();

    return (
        <div class="notice-words" lang="vi">
            <p class="notice-kind">{kindName(lists, one.kind)} · {one.name}</p>
            <p class="notice-title">{one.title || '…'}</p>
            <p class="prewrap notice-text">{one.text || '…'}</p>
            <p class="soft">{one.areas?.length ? `${one.areas.join(', ')} · ` : ''}{span(one)}</p>
        </div>
    );
}

// For the wall or for a resident to take home: on paper only, alone on its page.
export function Paper(props: { from: string; kicker?: string; title: string; children: ComponentChildren; foot?: string; large?: boolean }) {
    return (
        <article class={props.large ? 'paper large print-only' : 'paper print-only'} lang="vi">
            <p class="paper-from">{props.from}</p>
            {props.kicker && <p class="paper-kicker">{props.kicker}</p>}
            <p class="paper-title">{props.title}</p>
            {props.children}
            <p class="paper-foot">{props.foot ?? `In lúc ${dateTime(serverNow())}`}</p>
        </article>
    );
}
