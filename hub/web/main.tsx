// The pages of lienxa-hub: which there are, who sees them in the rail.
import 'lienxa/look/look.css';
import 'lienxa/public/public.css';
import './pages.css';
import { useEffect } from 'preact/hooks';
import { may, useLive } from 'lienxa/api';
import { start } from 'lienxa/app';
import { lazy } from 'lienxa/lazy';
import { Icon, useRing, type LinkState } from 'lienxa/look';
import { go } from 'lienxa/router';
import { Alert } from './alert';
import { Alerts } from './alerts';
import Audit from './audit';
import { Board, RingBar, isRinging } from './board';
import { role, useStatus, type Board as BoardData } from './data';
import Nodes from './nodes';
import { OfferBar, Referrals, useUrgentOffers, type Referral } from './referrals';
import { Report } from './report';
import { Reports } from './reports';
import { t } from './i18n';

// Who begins where: the operator reads no content, the auditor what was done.
function Home() {
    const elsewhere = role('operator') ? '/nodes' : role('auditor') ? '/audit' : null;

    useEffect(() => {
        if (elsewhere !== null)
            go(elsewhere, { replace: true });
    }, [elsewhere]);
    return elsewhere === null ? <Board /> : null;
}

// The line to the communes, in words.
function link(): LinkState {
    const status = useStatus().data;

    if (status === undefined)
        return { tone: 'good', text: t('link.up') };
    const { here, units, alarms } = status;
    const end = alarms.length > 0 && role('operator', 'duty', 'auditor') &&
        <a href="/nodes"><Icon name="warning" /> {t('link.alarms', { n: alarms.length })}</a>;

    return here === units ? { tone: 'good', text: t('link.all', { units }), end }
        : { tone: 'warn', text: t('link.some', { here, units, away: units - here }), end };
}

function Above() {
    const board = useLive<BoardData>(role('duty') ? '/api/board' : null, ['reports', 'nodes', 'link']).data;

    const offers = useUrgentOffers();

    useRing('urgent', (board?.urgent ?? []).some(isRinging));
    useRing('offer', offers.length > 0);
    return <><RingBar board={board} /><OfferBar offers={offers} /></>;
}

function waitingReferrals(): number {
    const rows = useLive<{ rows: Referral[] }>(role('duty') ? '/api/referrals' : null, ['referrals']).data?.rows ?? [];

    return rows.filter((row) => row.to === 'district' && row.stage === 'waiting').length;
}

start({
    what: () => t('login.hub'),
    nav: [
        { href: '/', icon: 'tiles', label: () => t('nav.board'), shown: () => role('duty', 'analyst') },
        { href: '/alerts', icon: 'horn', label: () => t('nav.alerts'), shown: () => role('duty', 'analyst', 'auditor'),
            count: () => useStatus().data?.alerts ?? null },
        { href: '/reports', icon: 'inbox', label: () => t('nav.reports'), shown: () => role('duty') },
        { href: '/referrals', icon: 'send', label: () => t('nav.referrals'), shown: () => role('duty'),
            count: waitingReferrals, alarming: true },
        { href: '/stats', icon: 'chart', label: () => t('nav.stats'), shown: () => role('duty', 'analyst', 'auditor'), gap: true },
        { href: '/closings', icon: 'book', label: () => t('nav.closings'), shown: () => role('duty', 'analyst', 'auditor') },
        { href: '/notices', icon: 'paper', label: () => t('nav.notices'), gap: true },
        { href: '/procedures', icon: 'book', label: () => t('nav.procedures') },
        { href: '/directory', icon: 'phone', label: () => t('nav.directory') },
        { href: '/nodes', icon: 'server', label: () => t('nav.nodes'), shown: () => role('operator', 'duty', 'auditor'), gap: true,
            count: () => useStatus().data?.alarms.length ?? null },
        { href: '/carry', icon: 'usb', label: () => t('nav.carry'), shown: () => may('bundle.take') },
        { href: '/people', icon: 'users', label: () => t('nav.people'), shown: () => role('operator', 'auditor') },
        { href: '/disclosures', icon: 'key', label: () => t('nav.disclosures'), shown: () => role('auditor') },
        { href: '/audit', icon: 'shield', label: () => t('nav.audit'), shown: () => role('auditor') },
    ],
    routes: [
        { path: '/', page: Home },
        { path: '/alerts', page: Alerts },
        { path: '/alerts/new', page: lazy(() => import('./compose')) },
        { path: '/alerts/:id', page: Alert },
        { path: '/reports', page: Reports },
        { path: '/reports/:id', page: Report },
        { path: '/referrals', page: Referrals },
        { path: '/notices', page: lazy(() => import('lienxa/public/notices')) },
        { path: '/notices/new', page: lazy(() => import('lienxa/public/write')) },
        { path: '/notices/:id', page: lazy(() => import('lienxa/public/notice')) },
        { path: '/procedures', page: lazy(() => import('lienxa/public/procedures')) },
        { path: '/procedures/edit', page: lazy(() => import('lienxa/public/procedure-edit')) },
        { path: '/procedures/:code', page: lazy(() => import('lienxa/public/procedure')) },
        { path: '/directory', page: lazy(() => import('lienxa/public/directory')) },
        { path: '/nodes', page: Nodes },
        { path: '/sheets', page: lazy(() => import('./sheets')) },
        { path: '/nodes/:unit', page: lazy(() => import('./node')) },
        { path: '/stats', page: lazy(() => import('./stats')) },
        { path: '/closings', page: lazy(() => import('./closings')) },
        { path: '/carry', page: lazy(() => import('lienxa/carry/carry')) },
        { path: '/people', page: lazy(() => import('./people')) },
        { path: '/disclosures', page: lazy(() => import('./disclosures')) },
        { path: '/audit', page: Audit },
    ],
    link,
    above: () => <Above />,
    setup: lazy(() => import('./first')),
});
