// Where we are: the address bar, as signals. No page is ever fetched for a
// move; every path is the same shell to the server.
import { computed, signal } from '@preact/signals';
import type { ComponentType } from 'preact';

export type Params = Record<string, string>;
export interface Page {
    params: Params;
}
export interface Route {
    path: string; // "/reports/:id"
    page: ComponentType<Page>;
}

const place = signal(location.pathname + location.search);

export const path = computed(() => place.value.split('?')[0]!);
export const query = computed(() => new URLSearchParams(place.value.split('?')[1] ?? ''));

// Pages with something unsaved say so here; null = free to go.
let guard: (() => boolean) | null = null;

export function onLeave(may: (() => boolean) | null): void {
    guard = may;
}

addEventListener('popstate', () => {
    place.value = location.pathname + location.search;
});

export function go(to: string, how: { replace?: boolean } = {}): void {
    if (guard !== null && !how.replace && !guard())
        return;
    if (how.replace)
        history.replaceState(null, '', to);
    else
        history.pushState(null, '', to);
    place.value = location.pathname + location.search;
    if (!how.replace)
        scrollTo(0, 0);
}

// Puts values into the query without leaving a trace in the history: filters
// that can be shared as a link. null, false or '' takes one away.
export function setQuery(values: Record<string, string | number | boolean | null>): void {
    const next = new URLSearchParams(query.value);

    for (const [name, value] of Object.entries(values))
        if (value === null || value === false || value === '')
            next.delete(name);
        else
            next.set(name, value === true ? '1' : String(value));
    const text = next.toString();

    go(path.value + (text ? `?${text}` : ''), { replace: true });
}

// The first route that fits, and its parameters.
export function find(routes: Route[], at: string): { route: Route; params: Params } | null {
    const parts = at.split('/').filter(Boolean);

    for (const route of routes) {
        const wanted = route.path.split('/').filter(Boolean);
        const params: Params = {};

        if (wanted.length === parts.length && wanted.every((part, i) => {
            if (!part.startsWith(':'))
                return part === parts[i];
            try {
                params[part.slice(1)] = decodeURIComponent(parts[i]!);
                return true;
            } catch {
                return false;
            }
        }))
            return { route, params };
    }
    return null;
}

// Plain links stay plain: a click on one inside the program moves without
// loading. Modified clicks, other hosts, downloads and /api are the browser's.
document.addEventListener('click', (event) => {
    const link = (event.target as Element | null)?.closest?.('a[href]') as
        HTMLAnchorElement | null;

    if (link === null || event.defaultPrevented || event.button !== 0 ||
        event.metaKey || event.ctrlKey || event.shiftKey || event.altKey ||
        link.target !== '' || link.hasAttribute('download') ||
        link.origin !== location.origin || link.pathname.startsWith('/api/') ||
        link.pathname.startsWith('/assets/') ||
        (link.hash !== '' && link.pathname === location.pathname))
        return;
    event.preventDefault();
    go(link.pathname + link.search);
});
