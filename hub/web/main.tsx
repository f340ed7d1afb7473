// The pages of lienxa-hub: which there are, who sees them in the rail.
import 'lienxa/look/look.css';
import { start } from 'lienxa/app';
import { Home } from './home';
import { t } from './i18n';

start({
    what: () => t('login.hub'),
    nav: [
        { href: '/', icon: 'house', label: () => t('nav.home') },
    ],
    routes: [{ path: '/', page: Home }],
    link: () => ({ tone: 'good', text: t('link.up') }),
});
