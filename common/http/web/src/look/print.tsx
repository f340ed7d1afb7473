// A sheet for paper: what stands here is shown on screen as on paper, with a head
// and a foot that only paper has.
import type { ComponentChildren } from 'preact';
import { serverNow, session } from '../api';
import { dateTime } from '../format';
import { t } from '../i18n';
import { Button } from './button';

export function PrintButton() {
    return <Button icon="print" onClick={() => print()}>{t('do.print')}</Button>;
}

export function Sheet(props: { title: string; children: ComponentChildren; signs?: string[] }) {
    const who = session.value;

    return (
        <article>
            <div class="print-only">
                <div class="print-head">
                    <strong>{who?.name}</strong>
                    <strong>{props.title}</strong>
                </div>
            </div>
            {props.children}
            <div class="print-only">
                {props.signs && (
                    <div class="sign">{props.signs.map((sign) => <p key={sign}>{sign}</p>)}</div>
                )}
                <p class="print-foot">
                    {t('print.by', { time: dateTime(serverNow()), user: who?.user ?? '' })}
                </p>
            </div>
        </article>
    );
}
