// Alerts: those that are in force with how far each has come, and the earlier ones.
import { may, useLive } from 'lienxa/api';
import { dateTime, when } from 'lienxa/format';
import { Await, Badge, Button, Clock, Empty, Page, Severity, Table, now, useKeys, type Column } from 'lienxa/look';
import { go } from 'lienxa/router';
import { t } from './i18n';
import { Steps } from './steps';
import { useNames, word, type Reach } from './data';

interface AlertRow {
    id: string;
    event: string;
    headline: string;
    severity: string;
    state: string;
    issued: string;
    expires: string;
    to: string[];
    reach: Reach;
}

export function AlertState({ state }: { state: string }) {
    return state === 'active' ? <Badge tone="accent" icon="horn">{t('alertState.active')}</Badge>
        : <Badge icon={state === 'cancelled' ? 'close' : 'clock'}>{word('alertState', state)}</Badge>;
}

function Active({ alert }: { alert: AlertRow }) {
    const missing = alert.reach.of - alert.reach.acknowledged;

    return (
        <article class="card alert-row">
            <div class="row"><Severity severity={alert.severity} /><AlertState state={alert.state} />
                <Clock due={{ at: alert.expires }} soon={3600000} /></div>
            <h3><a href={`/alerts/${alert.id}`}>{alert.headline}</a></h3>
            <p class="soft">{t('alerts.valid', { issued: when(alert.issued, now()), expires: when(alert.expires, now()) })}</p>
            <Steps reach={alert.reach} />
            {missing > 0 && <p class="wait"><a href={`/alerts/${alert.id}`}>{t('alerts.missing', { n: missing })}</a></p>}
        </article>
    );
}

export function Alerts() {
    const live = useLive<{ rows: AlertRow[] }>('/api/alerts', ['alerts']);
    const names = useNames();
    const everybody = names.catalogue?.units.length ?? 0;
    const columns: Column<AlertRow>[] = [
        { key: 'headline', title: t('alerts.headline'), head: true, wide: true, cell: (row) => row.headline },
        { key: 'severity', title: t('alerts.severity'), cell: (row) => <Severity severity={row.severity} /> },
        { key: 'state', title: t('report.state'), cell: (row) => <AlertState state={row.state} /> },
        { key: 'to', title: t('alerts.to'), cell: (row) => row.to.length === everybody ? t('alerts.everybody')
            : t('alerts.communes', { n: row.to.length }) },
        { key: 'issued', title: t('alerts.issued'), narrow: true, sort: (row) => row.issued, cell: (row) => dateTime(row.issued) },
        { key: 'ack', title: t('step.acknowledged'), right: true, cell: (row) => `${row.reach.acknowledged}/${row.reach.of}` },
    ];

    useKeys(may('alert.issue') ? { n: { label: t('alerts.new'), run: () => go('/alerts/new') } } : {});
    return (
        <Page title={t('alerts.title')} lead={t('alerts.lead')}
            actions={may('alert.issue') &&
                <Button kind="primary" icon="horn" keyhint="n" href="/alerts/new">{t('alerts.new')}</Button>}>
            <Await live={live}>{({ rows }) => {
                const active = rows.filter((row) => row.state === 'active');
                const past = rows.filter((row) => row.state !== 'active');

                return (
                    <div class="stack loose">
                        <section class="stack" aria-labelledby="active">
                            <h2 id="active">{t('alerts.active')}</h2>
                            {active.length === 0 ? <div class="card"><Empty title={t('alerts.none')} icon="done" /></div>
                                : active.map((alert) => <Active key={alert.id} alert={alert} />)}
                        </section>
                        {past.length > 0 && (
                            <section class="stack" aria-labelledby="past">
                                <h2 id="past">{t('alerts.past')}</h2>
                                <div class="card flush">
                                    <Table caption={t('alerts.past')} columns={columns} rows={past}
                                        rowKey={(row) => row.id} href={(row) => `/alerts/${row.id}`} />
                                </div>
                            </section>
                        )}
                    </div>
                );
            }}</Await>
        </Page>
    );
}
