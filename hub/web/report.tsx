// One report: its facts, its clocks, what became of it; its words where it was
// passed on.
import { useLive } from 'lienxa/api';
import { date, dateTime } from 'lienxa/format';
import { Await, Badge, Box, Clock, ClockDone, Page, State, StateIcon, Urgent } from 'lienxa/look';
import { FileList, useFiles } from 'lienxa/files';
import type { Page as At } from 'lienxa/router';
import { t } from './i18n';
import { Phone } from './parts';
import { Answer, type Referral } from './referrals';
import { useNames, word, type Report as Row } from './data';

interface Whole extends Row {
    phone: string | null;
    erased: boolean;
    conflict: boolean;
    history: { version: number; at: string; state: string }[];
    clocks: { what: string; at: string; done: string | null; state: string }[];
    referral: Referral | null;
    attachments: number; // how many files it has, wherever they are
}

function Clocks({ clocks }: { clocks: Whole['clocks'] }) {
    return (
        <dl class="facts">
            {clocks.map((one) => [
                <dt key={`${one.what}-t`}>{word('clock', one.what)}</dt>,
                <dd key={one.what}>
                    {one.state === 'running' || one.state === 'paused' || (one.state === 'missed' && one.done === null)
                        ? <Clock due={{ at: one.at, paused: one.state === 'paused' }} />
                        : <ClockDone met={one.state === 'met'} at={one.done} />}
                </dd>,
            ])}
        </dl>
    );
}

function Words({ report }: { report: Whole }) {
    if (report.erased)
        return <Box tone="note" title={t('report.erased')} />;
    if (report.text === null)
        return <Box tone="note" title={t('report.sealed')}><p>{t('report.sealed.why')}</p></Box>;
    return <div class="card"><h2>{t('report.text')}</h2><p class="prewrap measure">{report.text}</p></div>;
}

function Files({ report }: { report: string }) {
    const live = useFiles(report, ['reports', 'referrals']);

    return (
        <section class="card stack" aria-labelledby="files">
            <h2 id="files">{t('files.title')}</h2>
            <Await live={live}>{({ rows }) => rows.length === 0 ? <p class="quiet measure">{t('report.files.none')}</p>
                : <><p class="quiet">{t('report.files.text')}</p><FileList report={report} rows={rows} /></>}</Await>
        </section>
    );
}

export function Report({ params }: At) {
    const live = useLive<Whole>(`/api/reports/${params['id']}`, ['reports', 'referrals']);
    const names = useNames();
    const known = live.data;

    return (
        <Page title={known ? names.category(known.category) : t('report.one')} back={{ href: '/reports', label: t('reports.title') }}
            beside={known && <>{known.urgent && <Urgent />}<State state={known.state} /></>}>
            <Await live={live}>{(report) => (
                <div class="aside">
                    <div class="stack">
                        {report.ring && <Box tone="danger" title={t('report.rings')}><Phone number={report.phone} large /></Box>}
                        {report.conflict && <Box tone="warn" title={t('report.conflict')} />}
                        <Words report={report} />
                        {report.attachments > 0 && !report.erased && <Files report={report.id} />}
                        {report.referral && <div class="card stack"><h2>{t('referral.one')}</h2><Answer referral={report.referral} /></div>}
                        <div class="card">
                            <h2>{t('report.history')}</h2>
                            <ol class="trail">
                                {report.history.map((step) => (
                                    <li key={step.version}><StateIcon state={step.state} /><strong>{word('reportState', step.state)}</strong>
                                        <div class="sub num">{dateTime(step.at)}</div></li>
                                ))}
                            </ol>
                        </div>
                    </div>
                    <div class="stack">
                        <div class="card">
                            <h2 class="hidden">{t('report.facts')}</h2>
                            <dl class="facts">
                                <dt>{t('unit.name')}</dt><dd>{names.unit(report.unit)}</dd>
                                <dt>{t('axis.village')}</dt><dd>{report.village ?? '–'}</dd>
                                <dt>{t('report.received')}</dt><dd class="num">{dateTime(report.received)}</dd>
                                <dt>{t('axis.day')}</dt><dd class="num">{date(report.day)}</dd>
                                <dt>{t('report.channel')}</dt><dd>{word('channel', report.channel)}</dd>
                                {report.outcome && <><dt>{t('report.outcome')}</dt><dd>{word('outcome', report.outcome)}</dd></>}
                                <dt>{t('unit.phone')}</dt><dd><Phone number={report.phone} /></dd>
                                <dt>{t('report.id')}</dt><dd><code>{report.id}</code></dd>
                            </dl>
                            {report.referred && <Badge tone="violet" icon="send">{t('reports.referred')}</Badge>}
                        </div>
                        <div class="card"><h2>{t('report.clocks')}</h2><Clocks clocks={report.clocks} /></div>
                    </div>
                </div>
            )}</Await>
        </Page>
    );
}
