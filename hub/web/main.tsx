// The pages of lienxa-hub: which there are, who sees them in the rail.
import 'lienxa/look/look.css';
import './pages.css';
import { useLive } from 'lienxa/api';
import { start } from 'lienxa/app';
import { useRing, type LinkState } from 'lienxa/look';
import { Board, RingBar, isRinging } from './board';
import { role, useStatus, type Board as BoardData } from './data';
import { t } from './i18n';

// Who begins where: the operator reads no content.
function Home() {
    return <Board />;
}

// The line to the communes, in words.
function link(): LinkState {
    const status = useStatus().data;

    if (status === undefined)
        return { tone: 'good', text: t('link.up') };
    const { here, units } = status;

    return here === units ? { tone: 'good', text: t('link.all', { units }) }
        : { tone: 'warn', text: t('link.some', { here, units, away: units - here }) };
}

function Above() {
    const board = useLive<BoardData>(role('duty') ? '/api/board' : null, ['reports', 'nodes', 'link']).data;

    useRing('urgent', (board?.urgent ?? []).some(isRinging));
    return <RingBar board={board} />;
}

start({
    what: () => t('login.hub'),
    nav: [
        { href: '/', icon: 'tiles', label: () => t('nav.board'), shown: () => role('duty', 'analyst') },
    ],
    routes: [{ path: '/', page: Home }],
    link,
    above: () => <Above />,
});
