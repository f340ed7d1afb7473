// One alert: what was said, and commune by commune how far it has come. Whom it
// has not reached is at the top, with the number to phone.
import { useState } from 'preact/hooks';
import { command, may, useLive } from 'lienxa/api';
import { when } from 'lienxa/format';
import {
    Await, Badge, Box, Button, Clock, Dialog, ErrorBox, Field, Form, FormEnd, Icon, Page, Severity, Table, Textarea,
    now, say, type Column,
} from 'lienxa/look';
import type { Page as At } from 'lienxa/router';
import { AlertState } from './alerts';
import { t } from './i18n';
import { Phone } from './parts';
import { Steps, STEPS } from './steps';
import { word, type Reach } from './data';

interface Receipt {
    unit: string;
    name: string;
    phone: string | null;
    online: boolean;
    step: string;
    by: string | null;
    refused?: string;
    sent: string | null;
    stored: string | null;
    shown: string | null;
    acknowledged: string | null;
}
export interface AlertData {
    id: string;
    type: string;
    event: string;
    headline: string;
    text: string;
    severity: string;
    state: string;
    issued: string;
    expires: string;
    reach: Reach;
    receipts: Receipt[];
    not_reached: { unit: string; name: string; phone: string | null; step: string }[];
}

function Mark({ at }: { at: string | null }) {
    return at === null ? <span class="quiet">–</span>
        : <span class="reached num"><Icon name="check" />{when(at, now())}</span>;
}

function Ledger({ alert }: { alert: AlertData }) {
    const columns: Column<Receipt>[] = [
        { key: 'name', title: t('unit.name'), head: true, sort: (row) => row.name, cell: (row) => (
            <>{row.name}{!row.online && <span class="sub">{t('unit.offline')}</span>}
                {row.refused && <span class="sub">{t('alerts.refused', { why: row.refused })}</span>}</>
        ) },
        ...STEPS.map((step): Column<Receipt> => ({
            key: step, title: t(`step.${step}`), narrow: true, sort: (row) => row[step],
            cell: (row) => <Mark at={row[step]} />,
        })),
        { key: 'by', title: t('alerts.by'), cell: (row) => row.by ?? '–' },
        { key: 'phone', title: t('unit.phone'), narrow: true, cell: (row) => <Phone number={row.phone} /> },
    ];

    return (
        <section class="card flush" aria-labelledby="ledger">
            <h2 id="ledger" class="flush-head">{t('alerts.ledger')}</h2>
            <Table caption={t('alerts.ledger')} columns={columns} rows={alert.receipts} rowKey={(row) => row.unit} />
        </section>
    );
}

function Unreached({ alert }: { alert: AlertData }) {
    if (alert.state !== 'active')
        return null;
    if (alert.not_reached.length === 0)
        return <Box tone="good" title={t('alerts.all', { n: alert.reach.of })} />;
    return (
        <section class="box warn" aria-labelledby="unreached">
            <Icon name="phone" />
            <div class="box-in">
                <h2 class="box-title" id="unreached">{t('alerts.call', { n: alert.not_reached.length })}</h2>
                <ul class="phones">
                    {alert.not_reached.map((one) => (
                        <li key={one.unit}>
                            <strong>{one.name}</strong>
                            <span class="soft">{word('reached', one.step)}</span>
                            <Phone number={one.phone} large />
                        </li>
                    ))}
                </ul>
            </div>
        </section>
    );
}

function CancelDialog({ alert, onClose }: { alert: AlertData; onClose: () => void }) {
    const [reason, setReason] = useState('');
    const [wrong, setWrong] = useState<string | undefined>();
    const [failed, setFailed] = useState<unknown>(null);
    const [busy, setBusy] = useState(false);
    const cancel = async (): Promise<void> => {
        if (reason.trim() === '')
            return setWrong(t('alerts.cancel.need'));
        setBusy(true);
        try {
            await command('alert.cancel', { alert: alert.id, reason: reason.trim() });
            say(t('alerts.cancel.done'));
            onClose();
        } catch (error) {
            setFailed(error);
        }
        setBusy(false);
    };

    return (
        <Dialog title={t('alerts.cancel.title')} onClose={onClose}>
            <p><strong>{alert.headline}</strong></p>
            <Form onSubmit={() => void cancel()}>
                <ErrorBox error={failed} />
                <Field id="reason" label={t('alerts.cancel.reason')} hint={t('alerts.cancel.hint')} required error={wrong}>
                    {(tie) => <Textarea {...tie} value={reason} onInput={setReason} rows={3} limit={160} autofocus />}
                </Field>
                <FormEnd>
                    <Button submit kind="danger primary" busy={busy}>{t('alerts.cancel')}</Button>
                    <Button onClick={onClose}>{t('do.cancel')}</Button>
                </FormEnd>
            </Form>
        </Dialog>
    );
}

export function Alert({ params }: At) {
    const live = useLive<AlertData>(`/api/alerts/${params['id']}`, ['alerts', 'link']);
    const [cancelling, setCancelling] = useState(false);
    const alert = live.data;
    const open = alert?.state === 'active';

    return (
        <Page title={alert?.headline ?? t('alerts.one')} back={{ href: '/alerts', label: t('alerts.title') }}
            beside={alert && <Severity severity={alert.severity} />}
            actions={open && (
                <>
                    {may('alert.update') && <Button icon="pen" href={`/alerts/new?of=${alert.id}`}>{t('alerts.update')}</Button>}
                    {may('alert.cancel') && <Button kind="danger" icon="close" onClick={() => setCancelling(true)}>{t('alerts.cancel')}</Button>}
                </>
            )}>
            <Await live={live}>{(data) => (
                <div class="stack">
                    <div class="row"><AlertState state={data.state} />
                        {open && <Clock due={{ at: data.expires }} soon={3600000} />}
                        {data.type === 'update' && <Badge icon="pen">{t('alerts.isUpdate')}</Badge>}
                        <span class="soft">{t('alerts.valid', { issued: when(data.issued, now()), expires: when(data.expires, now()) })}</span></div>
                    <div class="card"><p class="prewrap measure alert-text">{data.text}</p></div>
                    <div class="card"><Steps reach={data.reach} /></div>
                    <Unreached alert={data} />
                    <Ledger alert={data} />
                </div>
            )}</Await>
            {cancelling && alert && <CancelDialog alert={alert} onClose={() => setCancelling(false)} />}
        </Page>
    );
}
