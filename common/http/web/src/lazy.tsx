// A page that is fetched when it is first opened:
//   { path: '/stats', page: lazy(() => import('./stats')) }   (its default export)
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError, get } from './api';
import { t } from './i18n';
import { Page as Frame } from './look/page';
import { ErrorBox, Loading } from './look/states';
import type { Page } from './router';

export function lazy(load: () => Promise<{ default: ComponentType<Page> }>): ComponentType<Page> {
    let found: ComponentType<Page> | null = null;

    return function Lazy(props: Page) {
        const [, again] = useState(0);
        const [error, setError] = useState<unknown>(null);
        const fetchIt = (): void => {
            setError(null);
            load().then((module) => {
                found = module.default;
                again((n) => n + 1);
            }, (caught) => get('/api/session').then(
                // somebody answers, so this part is of an earlier version
                () => setError(new ApiError('stale', String(caught))),
                () => setError(new ApiError('away', String(caught)))));
        };

        useEffect(() => {
            if (found === null)
                fetchIt();
        }, []);
        if (found !== null) {
            const Found = found;

            return <Found {...props} />;
        }
        if (!error)
            return <Loading />;
        return (
            <Frame title={t('error.title')}>
                <ErrorBox error={error} onRetry={error instanceof ApiError && error.code === 'stale' ? () => location.reload() : fetchIt} />
            </Frame>
        );
    };
}
