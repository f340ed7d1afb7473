// Puts a program's pages together and starts them.
//
//   start({ what, nav, routes, link })
import { signal } from '@preact/signals';
import { render, type ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { loadSession, session } from './api';
import { t } from './i18n';
import { lazy } from './lazy';
import { Button } from './look/button';
import { Login } from './look/login';
import { Page } from './look/page';
import { Band, Shell, type LinkState, type NavItem } from './look/shell';
import { Empty, ErrorBox, Loading } from './look/states';
import { find, path, type Route } from './router';

export interface Program {
    what: () => string; // "Bàn trực xã", beside the unit's name
    nav: readonly NavItem[];
    routes: readonly Route[];
    link: () => LinkState; // a hook may be used in it
    above?: () => ComponentChildren; // alerts, on every page
    bandEnd?: () => ComponentChildren;
}

const AGAIN_MS = 5000;
const startError = signal<unknown>(null);

async function begin(): Promise<void> {
    try {
        await loadSession();
        startError.value = null;
    } catch (error) {
        startError.value = error;
    }
}

// No answer at all yet.
function Waiting() {
    useEffect(() => {
        const timer = setInterval(() => void begin(), AGAIN_MS);

        return () => clearInterval(timer);
    }, []);
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
    render(<App program={program} routes={routes} />, place);
    void begin();
}
