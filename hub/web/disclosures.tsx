// Who looked at a sealed sender, in which commune, with whose consent. The name is not here, and why stays in the commune.
import { useLive } from 'lienxa/api';
import { dateTime, time, when } from 'lienxa/format';
import { Await, Badge, Empty, Page, PrintButton, Table, now, type Column, type Tone } from 'lienxa/look';
import { t } from './i18n';
import { useNames } from './data';

interface Disclosure {
    id: string;
    unit: string;
    report: string;
    rule: 'duty' | 'custodian';
    state: 'asked' | 'expired' | 'open' | 'over' | 'refused';
    asked_by: string;
    asked: string;
    decided_by: string | null;
    decided: string | null;
    until: string | null;
    openings: number;
    opened: string | null;
}

const TONES: Record<Disclosure['state'], Tone> = { asked: 'warn', expired: 'plain', open: 'violet', over: 'plain', refused: 'plain' };

// As the commune's own pages name a report.
const shortId = (id: string): string => id.slice(-6).toUpperCase();

function StateOf({ one }: { one: Disclosure }) {
    const text = one.rule === 'duty' ? t('disclosures.state.duty') : t(`disclosures.state.${one.state}`, { time: time(one.until) });

    return <><Badge tone={TONES[one.state]}>{text}</Badge>
        {one.decided_by !== null && <span class="sub quiet">{one.decided_by}, <span class="num">{when(one.decided, now())}</span></span>}</>;
}

export default function Disclosures() {
    const live = useLive<{ rows: Disclosure[] }>('/api/disclosures', ['disclosures']);
    const names = useNames();
    const columns: Column<Disclosure>[] = [
        { key: 'unit', title: t('unit.name'), head: true, sort: (one) => names.unit(one.unit), cell: (one) => names.unit(one.unit) },
        { key: 'report', title: t('disclosures.report'), cell: (one) => <code>{shortId(one.report)}</code> },
        { key: 'who', title: t('disclosures.who'), cell: (one) => <>{one.asked_by}<span class="sub quiet num">{dateTime(one.asked)}</span></> },
        { key: 'state', title: t('report.state'), cell: (one) => <StateOf one={one} /> },
        { key: 'openings', title: t('disclosures.openings'), cell: (one) => one.openings === 0 ? t('disclosures.notyet')
            : t('disclosures.times', { n: one.openings, time: when(one.opened, now()) }) },
    ];

    return (
        <Page title={t('disclosures.title')} lead={t('disclosures.lead')} actions={<PrintButton />}>
            <Await live={live}>{({ rows }) => (
                <div class="card flush">
                    <Table caption={t('disclosures.title')} rows={rows} rowKey={(one) => one.id} columns={columns}
                        empty={<Empty title={t('disclosures.none')} icon="lock" />} />
                </div>
            )}</Await>
        </Page>
    );
}
