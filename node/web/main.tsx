// The pages of lienxa-node: which there are, who sees them in the rail.
import 'lienxa/look/look.css';
import 'lienxa/public/public.css';
import './pages.css';
import { may } from 'lienxa/api';
import { start } from 'lienxa/app';
import { lazy } from 'lienxa/lazy';
import { Alerts } from './alerts';
import { Queue } from './queue';
import { Referrals } from './referrals';
import { Report } from './report';
import { Above, BandEnd, useLink } from './shell';
import { Take } from './take';
import { t } from './i18n';
import { isAuditor, seesBooks, status, unreadAlerts, waitingDisclosures, waitingReferrals } from './words';

const Disclosures = lazy(() => import('./disclosures'));
const Audit = lazy(() => import('./books').then((books) => ({ default: books.Audit })));
const SentPage = lazy(() => import('./books').then((books) => ({ default: books.SentPage })));
const People = lazy(() => import('./books').then((books) => ({ default: books.People })));

start({
    what: () => t('login.node'),
    nav: [
        { href: '/', icon: 'inbox', label: () => t('nav.desk'), shown: () => !isAuditor(),
            count: () => status.value?.counts.open ?? null },
        { href: '/referrals', icon: 'send', label: () => t('nav.referrals'), shown: () => !isAuditor(),
            count: () => waitingReferrals.value, alarming: true },
        { href: '/alerts', icon: 'horn', label: () => t('nav.alerts'), count: () => unreadAlerts.value, alarming: true },
        { href: '/notices', icon: 'paper', label: () => t('nav.notices'), gap: true },
        { href: '/procedures', icon: 'book', label: () => t('nav.procedures') },
        { href: '/directory', icon: 'phone', label: () => t('nav.directory') },
        { href: '/carry', icon: 'usb', label: () => t('nav.carry'), shown: () => may('bundle.take') },
        { href: '/disclosures', icon: 'key', label: () => t('nav.disclosures'), gap: true,
            count: () => waitingDisclosures.value, alarming: true },
        { href: '/audit', icon: 'list', label: () => t('nav.audit'), shown: seesBooks },
        { href: '/sent', icon: 'server', label: () => t('nav.sent'), shown: seesBooks },
        { href: '/people', icon: 'users', label: () => t('nav.people'), shown: seesBooks },
    ],
    routes: [
        { path: '/', page: (at) => isAuditor() ? <Audit {...at} /> : <Queue {...at} /> },
        { path: '/reports/new', page: Take },
        { path: '/reports/:id', page: Report },
        { path: '/referrals', page: Referrals },
        { path: '/alerts', page: Alerts },
        { path: '/alarms', page: lazy(() => import('./alarms')) },
        { path: '/notices', page: lazy(() => import('lienxa/public/notices')) },
        { path: '/notices/new', page: lazy(() => import('lienxa/public/write')) },
        { path: '/notices/:id', page: lazy(() => import('lienxa/public/notice')) },
        { path: '/procedures', page: lazy(() => import('lienxa/public/procedures')) },
        { path: '/procedures/:code', page: lazy(() => import('lienxa/public/procedure')) },
        { path: '/directory', page: lazy(() => import('lienxa/public/directory')) },
        { path: '/carry', page: lazy(() => import('lienxa/carry/carry')) },
        { path: '/disclosures', page: Disclosures },
        { path: '/audit', page: Audit },
        { path: '/sent', page: SentPage },
        { path: '/people', page: People },
    ],
    link: useLink,
    above: () => <Above />,
    setup: lazy(() => import('./first')),
    bandEnd: () => <BandEnd />,
});
