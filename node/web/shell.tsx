// What stands on every page: the line to the district, urgent reports nobody has
// taken, alerts nobody has read; both ring.
import { useEffect, useState } from 'preact/hooks';
import { command, may, session, useLive } from 'lienxa/api';
import { when } from 'lienxa/format';
import { Badge, Button, Icon, Ring, Severity, now, say, sayError, useRing, type LinkState } from 'lienxa/look';
import { path } from 'lienxa/router';
import { AcknowledgeButton } from './alerts-part';
import { t } from './i18n';
import type { Alert, Disclosure, List, Referral, Row, Status } from './types';
import {
    categoryName, districtName, isAuditor, overtaken, status, unreadAlerts, useCatalogue, waitingDisclosures, waitingReferrals,
} from './words';

// ---- the strip

export function useLink(): LinkState {
    const live = useLive<Status>(session.value ? '/api/status' : null,
        ['reports', 'link', 'alarms', 'alerts', 'referrals']);
    const s = live.data;
    const district = districtName();

    useEffect(() => {
        status.value = s;
    }, [s]);
    if (s === undefined)
        return { tone: 'good', text: t('state.loading') };
    const end = s.alarms.length > 0 && <a href="/alarms"><Icon name="warning" /> {t('link.alarms', { n: s.alarms.length })}</a>;

    if (s.retired)
        return { tone: 'danger', text: t('link.retired'), end };
    if (s.online)
        return { tone: 'good', end, text: s.awaits_hours && s.hours !== null
            ? t('link.up.hours', { district, hours: s.hours.replace('-', '–') })
            : s.backlog > 0 ? t('link.up.wait', { district, n: s.backlog }) : t('link.up', { district }) };
    const since = s.last_contact === null ? '' : when(s.last_contact, now());

    return {
        tone: 'warn',
        text: s.last_contact === null ? t('link.never', { district, n: s.backlog })
            : t(s.backlog > 0 ? 'link.down' : 'link.down.none', { since, n: s.backlog }),
        end: <>{end}{s.counts.urgent_waiting > 0 && s.district_phone !== null &&
            <a href={`tel:${s.district_phone}`}>{t('link.call', { district, phone: s.district_phone })}</a>}</>,
    };
}

// ---- urgent and not taken

function UrgentRow({ row, onTaken }: { row: Row; onTaken: () => void }) {
    const take = async (): Promise<void> => {
        try {
            await command('report.move', { report: row.id, state: 'da_tiep_nhan' });
            say(t('urgent.taken'));
        } catch (error) {
            if (!overtaken(error)) // then somebody has it: all is well
                sayError(error);
        }
        onTaken();
    };

    return (
        <li class="alarm-row">
            <Icon name="danger" />
            <span class="alarm-what">
                <strong>{categoryName(row.category)}</strong>{row.village && ` · ${row.village}`}
                {' · '}<span class="num">{when(row.received, now())}</span>
                <span class="alarm-text">{row.text}</span>
            </span>
            {path.value !== `/reports/${row.id}` && <Button small href={`/reports/${row.id}`}>{t('urgent.open')}</Button>}
            {may('report.move') && <Button small icon="check" onClick={take}>{t('urgent.take')}</Button>}
        </li>
    );
}

const SHOWN = 3;

function UrgentWaiting() {
    const count = status.value?.counts.urgent_waiting ?? 0;
    const list = useLive<List>(count > 0 && !isAuditor() ? '/api/reports?view=open&state=moi&urgent=1&limit=20' : null,
        ['reports']);
    const rows = (list.data?.rows ?? []).filter((row) => row.ring);

    useCatalogue();
    useRing('urgent', count > 0 && !isAuditor());
    if (count === 0 || rows.length === 0)
        return null;
    return (
        <section class="alarm-box no-print" aria-labelledby="urgent-title">
            <div class="row">
                <h2 id="urgent-title">{t('urgent.title', { n: count })}</h2>
                {rows.length > SHOWN && <a href="/?urgent=1&state=moi">{t('urgent.more', { n: count })}</a>}
            </div>
            <ul>{rows.slice(0, SHOWN).map((row) => <UrgentRow key={row.id} row={row} onTaken={list.reload} />)}</ul>
        </section>
    );
}

// ---- alerts that nobody has read

export const isUnread = (alert: Alert): boolean => alert.state === 'active' && alert.acknowledged === null;

function AlertBanner({ alert, onDone }: { alert: Alert; onDone: () => void }) {
    return (
        <section class={`banner no-print ${alert.severity}`} aria-label={alert.headline}>
            <Icon name="horn" />
            <div class="banner-in">
                <h2>{alert.headline}</h2>
                <p>
                    <Severity severity={alert.severity} />{' '}
                    {t('alerts.valid', { issued: when(alert.issued, now()), expires: when(alert.expires, now()) })}
                    {path.value !== '/alerts' && <>{' · '}<a href="/alerts">{t('alerts.more')}</a></>}
                </p>
            </div>
            <AcknowledgeButton alert={alert} onDone={onDone} />
        </section>
    );
}

export function useAlerts() {
    return useLive<{ rows: Alert[]; unshown: number; until: number }>('/api/alerts', ['alerts']);
}

// Does anybody see this page, or does it lie behind others?
function useVisible(): boolean {
    const look = (): boolean => document.visibilityState === 'visible';
    const [visible, setVisible] = useState(look());

    useEffect(() => {
        const turned = (): void => setVisible(look());

        document.addEventListener('visibilitychange', turned);
        return () => document.removeEventListener('visibilitychange', turned);
    }, []);
    return visible;
}

function UnreadAlerts() {
    const live = useAlerts();
    const visible = useVisible();
    const unread = (live.data?.rows ?? []).filter(isUnread);
    const unshown = live.data?.unshown ?? 0;
    const until = live.data?.until ?? 0;

    useEffect(() => {
        unreadAlerts.value = unread.length;
    }, [unread.length]);
    // What stands on a screen has been shown; the district counts it.
    useEffect(() => {
        if (unshown > 0 && may('alert.shown') && visible)
            void command('alert.shown', { until }).catch(() => undefined);
    }, [unshown, until, visible]);
    useRing('alert', unread.length > 0 && may('alert.ack'));
    if (path.value === '/alerts') // it says all of it
        return null;
    return <>{unread.slice(0, 2).map((alert) => <AlertBanner key={alert.id} alert={alert} onDone={live.reload} />)}</>;
}

// ---- counts for the rail

function Counting() {
    const referrals = useLive<{ rows: Referral[] }>(isAuditor() ? null : '/api/referrals', ['referrals']);
    const asked = useLive<{ rows: Disclosure[] }>(may('disclosure.approve') ? '/api/disclosures' : null, ['disclosures']);

    useEffect(() => {
        waitingReferrals.value = (referrals.data?.rows ?? [])
            .filter((one) => one.direction === 'in' && one.stage === 'waiting').length;
        waitingDisclosures.value = (asked.data?.rows ?? [])
            .filter((one) => one.state === 'asked' && one.asked_by !== session.value?.user).length;
    }, [referrals.data, asked.data]);
    return null;
}

export function Above() {
    return <div class="above"><Counting /><UnreadAlerts /><UrgentWaiting /></div>;
}

export function BandEnd() {
    const n = status.value?.counts.overdue ?? 0;

    return (
        <span class="band-ring">
            {n > 0 && !isAuditor() && <a href="/?view=overdue"><Badge tone="danger" icon="warning">{`${n} ${t('desk.overdue').toLowerCase()}`}</Badge></a>}
            <Ring />
        </span>
    );
}
