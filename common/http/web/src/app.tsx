// Puts a program's pages together and starts them.
//
//   start({ what, nav, routes, link })
import { signal } from '@preact/signals';
import { render, type ComponentChildren, type ComponentType } from 'preact';
import { loadSession, outside, recallSession, session, unsure } from './api';
import { t } from './i18n';
import { lazy } from './lazy';
import { Button } from './look/button';
import { Login } from './look/login';
import { Page } from './look/page';
import { Band, Shell, type LinkState, type NavItem } from './look/shell';
import { Empty, ErrorBox, Loading } from './look/states';
import { keepPages } from './renew';
import { find, path, type Page as At, type Route } from './router';

export interface Program {
    what: () => string; // "Bàn trực xã", beside the unit's name
    nav: readonly NavItem[];
    routes: readonly Route[];
    link: () => LinkState; // a hook may be used in it
    above?: () => ComponentChildren; // alerts, on every page
    bandEnd?: () => ComponentChildren;
    setup?: ComponentType<At>; // in place of the login, while nothing is made yet (setup/setup.tsx)
}

const AGAIN_MS = 5000;
const startError = signal<unknown>(null);

let beginning = false;

async function begin(): Promise<void> {
    if (beginning)
        return;
    beginning = true;
    try {
        await loadSession();
        startError.value = null;
        void keepPages(); // after what the page itself needs
    } catch (error) {
        startError.value = error;
    }
    beginning = false;
}

// Nothing is known: the first time in this browser.
function Waiting() {
    return (
        <div class="door">
            <Band what="" />
            <main class="door-in" id="main">
                <div class="card door-card">
                    <h1 class="hidden">Lienxa</h1>
                    {startError.value ? <ErrorBox error={startError.value} onRetry={() => void begin()} />
                        : <Loading />}
                </div>
            </main>
        </div>
    );
}

function Missing() {
    return (
        <Page title={t('app.missing')}>
            <Empty title={t('app.missing.text')} icon="search">
                <Button href="/">{t('app.home')}</Button>
            </Empty>
        </Page>
    );
}

function Inside({ program, routes }: { program: Program; routes: Route[] }) {
    const found = find(routes, path.value);
    const Shown = found?.route.page ?? Missing;

    return (
        <Shell nav={program.nav} link={program.link()} what={program.what()}
            above={program.above?.()} bandEnd={program.bandEnd?.()}>
            <Shown key={path.value} params={found?.params ?? {}} />
        </Shell>
    );
}

function App({ program, routes }: { program: Program; routes: Route[] }) {
    if (session.value === undefined)
        return <Waiting />;
    if (session.value === null && outside.value.setup && program.setup)
        return <program.setup params={{}} />;
    if (session.value === null || session.value.needs_code)
        return <Login />;
    return <Inside program={program} routes={routes} />;
}

export function start(program: Program): void {
    const place = document.getElementById('app');
    const routes = [...program.routes, { path: '/style', page: lazy(() => import('./style/page')) }];

    if (place === null)
        throw new Error('index.html has no #app');
    place.replaceChildren();
    recallSession();
    render(<App program={program} routes={routes} />, place);
    void begin();
    setInterval(() => {
        if (session.value === undefined || unsure.value)
            void begin();
    }, AGAIN_MS);
}
