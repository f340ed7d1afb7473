// Alerts: large, whole, with the words for the chat group and the loudspeaker.
import { session } from 'lienxa/api';
import { dateTime } from 'lienxa/format';
import type { SharedKey } from 'lienxa/i18n';
import { Await, Badge, CopyButton, Empty, Page, PrintButton, Severity } from 'lienxa/look';
import { aloud, sentence } from 'lienxa/public/aloud';
import type { Page as At } from 'lienxa/router';
import { AcknowledgeButton } from './alerts-part';
import { t } from './i18n';
import { isUnread, useAlerts } from './shell';
import type { Alert } from './types';
import { districtName, word } from './words';

// Both go to people here: always in the alert's own language.
function chatText(alert: Alert): string {
    return [`${severityVi(alert)}: ${alert.headline}`, alert.text, `Hết hiệu lực: ${dateTime(alert.expires)}.`,
        `Nguồn: ${districtName()}.`].filter(Boolean).join('\n');
}

const SEVERITY_VI: Record<string, string> = {
    extreme: 'CỰC KỲ NGUY HIỂM', severe: 'RẤT NGUY HIỂM', moderate: 'NGUY HIỂM', minor: 'LƯU Ý',
};
const severityVi = (alert: Alert): string => SEVERITY_VI[alert.severity] ?? alert.severity;

function loudText(alert: Alert): string {
    return `A lô, a lô. ${session.value?.name ?? ''} xin thông báo. ${sentence(alert.headline)} ${sentence(alert.text)} ` +
        `Thông báo này có hiệu lực tới ${aloud(alert.expires)}. Xin nhắc lại: ${sentence(alert.headline)}`;
}

function Current({ alert, onDone }: { alert: Alert; onDone: () => void }) {
    return (
        <article class={`card stack alert-card ${alert.severity}`} aria-labelledby={`a-${alert.id}`}>
            <div class="row"><Severity severity={alert.severity} />
                {alert.acknowledged !== null && (
                    <Badge tone="good" icon="check">{t('alerts.acked', { by: alert.by ?? '', time: dateTime(alert.acknowledged) })}</Badge>
                )}
            </div>
            <h3 id={`a-${alert.id}`} class="alert-head">{alert.headline}</h3>
            <p class="prewrap measure alert-text">{alert.text}</p>
            <p class="soft">{t('alerts.valid', { issued: dateTime(alert.issued), expires: dateTime(alert.expires) })}</p>
            <div class="row no-print">
                {isUnread(alert) && <AcknowledgeButton alert={alert} onDone={onDone} primary />}
                <CopyButton text={chatText(alert)} label={t('alerts.chat')} />
            </div>
            <details>
                <summary>{t('alerts.read')}</summary>
                <p class="prewrap measure alert-aloud" lang="vi">{loudText(alert)}</p>
                <CopyButton small text={loudText(alert)} label={t('alerts.read.copy')} />
            </details>
        </article>
    );
}

function Past({ alert }: { alert: Alert }) {
    return (
        <article class="card stack past-alert">
            <div class="row">
                <Badge icon={alert.state === 'cancelled' ? 'close' : 'clock'}>{word('alerts.state', alert.state)}</Badge>
                <span class="quiet">{t(`severity.${alert.severity}` as SharedKey)}</span>
            </div>
            <h3>{alert.state === 'cancelled' ? <s>{alert.headline}</s> : alert.headline}</h3>
            <p class="soft">{t('alerts.valid', { issued: dateTime(alert.issued), expires: dateTime(alert.expires) })}
                {alert.acknowledged !== null && ` · ${t('alerts.acked', { by: alert.by ?? '', time: dateTime(alert.acknowledged) })}`}</p>
            {alert.reason && <p class="prewrap measure">{t('alerts.reason', { reason: alert.reason })}</p>}
            <details><summary>{t('alerts.more')}</summary><p class="prewrap measure">{alert.text}</p></details>
        </article>
    );
}

export function Alerts(_: At) {
    const live = useAlerts();

    return (
        <Page title={t('alerts.title')} lead={t('alerts.lead')} actions={<PrintButton />}>
            <Await live={live}>{({ rows }) => {
                const current = rows.filter((one) => one.state === 'active');
                const past = rows.filter((one) => one.state !== 'active');

                return (
                    <div class="stack">
                        <h2>{t('alerts.now')}</h2>
                        {current.length === 0 ? <div class="card"><Empty title={t('alerts.none')} icon="done" /></div>
                            : current.map((one) => <Current key={one.id} alert={one} onDone={live.reload} />)}
                        {past.length > 0 && <h2>{t('alerts.before')}</h2>}
                        {past.map((one) => <Past key={one.id} alert={one} />)}
                    </div>
                );
            }}</Await>
        </Page>
    );
}
