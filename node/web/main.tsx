// The pages of lienxa-node: which there are, who sees them in the rail.
import 'lienxa/look/look.css';
import { start } from 'lienxa/app';
import { Home } from './home';
import { t } from './i18n';

start({
    what: () => t('login.node'),
    nav: [
        { href: '/', icon: 'house', label: () => t('nav.home') },
    ],
    routes: [{ path: '/', page: Home }],
    link: () => ({ tone: 'good', text: t('link.up') }),
});
