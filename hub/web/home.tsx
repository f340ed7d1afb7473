// The first page.
import { session } from 'lienxa/api';
import { Button, Page } from 'lienxa/look';
import type { SharedKey } from 'lienxa/i18n';
import { t } from './i18n';

export function Home() {
    const role = session.value?.role ?? '';

    return (
        <Page title={t('home.title')} lead={t('home.lead', { role: t(`role.${role}` as SharedKey) })}>
            <Button href="/style" icon="eye">{t('home.style')}</Button>
        </Page>
    );
}
