// One report: what was said, by when, what can be done, what was done.
import { useState } from 'preact/hooks';
import { command, may, useLive } from 'lienxa/api';
import { date, dateTime, when } from 'lienxa/format';
import type { SharedKey } from 'lienxa/i18n';
import {
    Await, Badge, Box, Button, Clock, ClockDone, CopyButton, Dialog, ErrorBox, Field, Form, FormEnd, Page, PrintButton, Sheet,
    State, StateIcon, Textarea, Urgent, now, say,
} from 'lienxa/look';
import { query, type Page as At } from 'lienxa/router';
import { Files } from './files-part';
import { t } from './i18n';
import { Moves } from './moves';
import { dueOf } from './queue';
import { Passed } from './referral-part';
import { Sender } from './sender';
import type { Report as Data } from './types';
import { categoryName, shortId, unitName, useCatalogue, word } from './words';

function Words({ report }: { report: Data }) {
    if (report.erased)
        return (
            <Box tone="note" title={t('report.erased')}>
                <p>{report.erased.by === null ? t('report.erased.at', { time: dateTime(report.erased.at) })
                    : t('report.erased.by', { user: report.erased.by, time: dateTime(report.erased.at), reason: report.erased.reason ?? '–' })}</p>
            </Box>
        );
    return (
        <div>
            <h2 class="hidden">{t('report.words')}</h2>
            {report.text === null ? <p class="quiet">{t('report.words.none')}</p>
                : <p class="prewrap measure report-words">{report.text}</p>}
        </div>
    );
}

function Facts({ report }: { report: Data }) {
    const happened = report.hour === null ? date(report.day) : t('report.hour', { day: date(report.day), hour: report.hour });

    return (
        <section class="card" aria-labelledby="facts">
            <h2 id="facts">{t('report.facts')}</h2>
            <dl class="facts">
                <dt>{t('report.category')}</dt><dd>{categoryName(report.category)}</dd>
                <dt>{t('report.village')}</dt><dd>{report.village ?? t('report.unknown')}</dd>
                <dt>{t('report.happened')}</dt><dd class="num">{happened}</dd>
                <dt>{t('report.received')}</dt><dd class="num">{dateTime(report.received)}</dd>
                <dt>{t('report.channel')}</dt><dd>{word('channel', report.channel)}</dd>
                {report.lat !== undefined && (
                    <><dt>{t('report.place')}</dt><dd class="num">{report.lat.toFixed(5)}, {report.lon?.toFixed(5)}</dd></>
                )}
                {report.outcome !== null && <><dt>{t('report.outcome')}</dt><dd>{word('outcome', report.outcome)}</dd></>}
                {report.continues && <><dt>{t('referral.in', { name: '' })}</dt><dd>{unitName(report.continues.unit)}</dd></>}
            </dl>
        </section>
    );
}

function Clocks({ report }: { report: Data }) {
    return (
        <section class="card" aria-labelledby="clocks">
            <h2 id="clocks">{t('report.clocks')}</h2>
            {report.clocks.length === 0 ? <p class="quiet">{t('report.clocks.none')}</p> : (
                <ul class="plain-list">
                    {report.clocks.map((one) => (
                        <li key={one.what}>
                            <span class="quiet first-up">{t(`clock.${one.what}` as SharedKey)}</span>
                            {one.done !== null ? <ClockDone met={one.state === 'met'} at={one.done} />
                                : <Clock due={{ at: one.at ?? '', paused: one.state === 'paused' }} />}
                            {one.at !== null && <span class="quiet num">{t('clock.due', { time: when(one.at, now()) })}</span>}
                        </li>
                    ))}
                </ul>
            )}
        </section>
    );
}

function History({ report }: { report: Data }) {
    return (
        <section class="card" aria-labelledby="history">
            <h2 id="history">{t('report.history')}</h2>
            <ol class="trail">
                {report.history.map((step) => (
                    <li key={step.version}>
                        <StateIcon state={step.state} />
                        <strong>{step.erasure ? t('report.erasure') : t(`reportState.${step.state}` as SharedKey)}</strong>{' '}
                        <Badge tone={step.delivered ? 'good' : 'plain'} icon={step.delivered ? 'check' : 'clock'}>
                            {t(step.delivered ? 'report.delivered' : 'report.waiting')}
                        </Badge>
                        <div class="sub num">{dateTime(step.at)}{step.by !== null && ` · ${step.by}`}</div>
                        {step.note !== null && <p class="prewrap">{step.note}</p>}
                    </li>
                ))}
            </ol>
        </section>
    );
}

function Similar({ report }: { report: Data }) {
    if (report.similar.length === 0)
        return null;
    return (
        <section class="card no-print" aria-labelledby="similar">
            <h2 id="similar">{t('report.similar')}</h2>
            <p class="quiet">{t('report.similar.text')}</p>
            <ul class="plain-list">
                {report.similar.map((one) => (
                    <li key={one.id}>
                        <a href={`/reports/${one.id}`}>{one.village ?? shortId(one.id)}, <span class="num">{when(one.received, now())}</span></a>
                        {' '}<State state={one.state} />
                        <span class="clip quiet">{one.text}</span>
                    </li>
                ))}
            </ul>
        </section>
    );
}

function Erase({ report, onClose, onDone }: { report: Data; onClose: () => void; onDone: () => void }) {
    const [reason, setReason] = useState('');
    const [bad, setBad] = useState<string | undefined>();
    const [failed, setFailed] = useState<unknown>(null);
    const erase = async (): Promise<void> => {
        if (reason.trim() === '')
            return setBad(t('need.reason'));
        try {
            await command('report.erase', { report: report.id, reason: reason.trim() });
            say(t('erase.done'));
            onClose();
            onDone();
        } catch (error) {
            setFailed(error);
        }
    };

    return (
        <Dialog title={t('erase.title', { id: shortId(report.id) })} onClose={onClose}>
            <Form onSubmit={() => void erase()}>
                <p>{t('erase.text')}</p>
                <ErrorBox error={failed} />
                <Field id="erase-reason" label={t('erase.reason')} required error={bad}>
                    {(tie) => <Textarea {...tie} value={reason} onInput={setReason} rows={2} autofocus />}
                </Field>
                <FormEnd>
                    <Button submit kind="danger primary" icon="bin">{t('erase.go')}</Button>
                    <Button onClick={onClose}>{t('do.cancel')}</Button>
                </FormEnd>
            </Form>
        </Dialog>
    );
}

function Saved({ report }: { report: Data }) {
    return (
        <Box tone="good" title={t('take.saved.title', { id: shortId(report.id) })} live>
            <p>{t(report.ring ? 'take.saved.urgent' : 'take.saved.next')}</p>
            <Button small icon="plus" href="/reports/new">{t('take.saved.another')}</Button>
        </Box>
    );
}

function Whole({ report, reload }: { report: Data; reload: () => void }) {
    const [stale, setStale] = useState(false);
    const [erasing, setErasing] = useState(false);
    const onStale = (): void => {
        setStale(true);
        reload();
    };

    return (
        <div class="stack">
            {query.value.get('new') === '1' && report.state === 'moi' && <Saved report={report} />}
            {stale && <Box tone="warn" title={t('report.stale')} live><p>{t('report.stale.text')}</p></Box>}
            {report.conflict && <Box tone="warn" title={t('report.conflict')}><p>{t('report.conflict.text')}</p></Box>}
            <Sheet title={t('report.print', { id: shortId(report.id) })} signs={[t('report.sign.left'), t('report.sign.right')]}>
                <div class="aside">
                    <div class="stack">
                        <div class="card"><Words report={report} /></div>
                        <Files report={report} onDone={reload} />
                        {!report.erased && (
                            <Moves key={`${report.state}-${report.history.length}`} report={report} onDone={() => {
                                setStale(false);
                                reload();
                            }} onStale={onStale} />
                        )}
                        <History report={report} />
                    </div>
                    <div class="stack report-side">
                        <Passed report={report} onDone={reload} />
                        {!report.erased && <Clocks report={report} />}
                        <Facts report={report} />
                        {!report.erased && <Sender report={report} />}
                        <Similar report={report} />
                        {may('report.erase') && !report.erased && (
                            <p class="no-print"><Button small kind="danger" icon="bin" onClick={() => setErasing(true)}>{t('report.erase')}</Button></p>
                        )}
                    </div>
                </div>
            </Sheet>
            {erasing && <Erase report={report} onClose={() => setErasing(false)} onDone={reload} />}
        </div>
    );
}

export function Report({ params }: At) {
    const live = useLive<Data>(`/api/reports/${params['id']}`, ['reports', 'referrals', 'link']);
    const report = live.data;

    useCatalogue();
    return (
        <Page title={report ? categoryName(report.category) : t('report.title', { id: shortId(params['id'] ?? '') })}
            back={{ href: '/', label: t('report.back') }}
            beside={report && (
                <>
                    <State state={report.state} />
                    {report.urgent && <Urgent />}
                    <Clock due={dueOf(report.due)} />
                </>
            )}
            lead={report && (
                <span>{t('report.title', { id: shortId(report.id) })} · {when(report.received, now())}
                    {report.village !== null && ` · ${report.village}`}</span>
            )}
            actions={report && <><CopyButton text={report.id} label={t('report.copy')} /><PrintButton /></>}>
            <Await live={live}>{(data) => <Whole report={data} reload={live.reload} />}</Await>
        </Page>
    );
}
