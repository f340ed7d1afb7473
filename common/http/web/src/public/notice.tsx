// One notice: what is to be done with it and by whom, its words, the ways they
// leave the house, and what it said before.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { command, may, useLive } from '../api';
import { draftOf, openDraft } from '../drafts';
import { dateTime } from '../format';
import {
    Await, Badge, Box, Button, Confirm, CopyButton, Dialog, ErrorBox, Field, Form, FormEnd, Icon, Page, Table, Textarea, say, sayError,
} from '../look';
import { go, type Page as At } from '../router';
import { t } from './i18n';
import {
    EMPTY, chatText, isHub, isPast, kindName, loudText, span, useLists, valueOf, type Notice as Data, type Version,
} from './data';
import { Changes } from './diff';
import { Paper, Standing, Tel } from './parts';

type Acting = { one: Data; reload: () => void };

// ---- what is next

async function run(name: string, { one, reload }: Acting, said: string): Promise<boolean> {
    try {
        await command(name, { notice: one.id });
        say(said);
        reload();
        return true;
    } catch (error) {
        sayError(error);
        reload();
        return false;
    }
}

function PublishButton(props: Acting & { approve?: boolean }) {
    const [asking, setAsking] = useState(false);
    const publish = async (): Promise<void> => {
        setAsking(false);
        if (!props.approve || await run('notice.approve', props, t('notice.approvedNow')))
            await run('notice.publish', props, t('notice.publishedNow'));
    };

    return (
        <>
            <Button kind="primary" icon="send" onClick={() => setAsking(true)}>{t(props.approve ? 'notice.do.both' : 'notice.do.publish')}</Button>
            {asking && (
                <Confirm title={t('notice.publish.title')} yes={t(props.approve ? 'notice.do.both' : 'notice.do.publish')}
                    onYes={publish} onClose={() => setAsking(false)}>
                    <p>{t(props.one.shared ? 'notice.publish.shared' : 'notice.publish.local')}</p>
                </Confirm>
            )}
        </>
    );
}

// What is thrown away stays in this browser, where one would write.
function DropButton(props: Acting) {
    const [asking, setAsking] = useState(false);
    const drop = async (): Promise<void> => {
        setAsking(false);
        if (draftOf('notice') === null)
            openDraft('notice', EMPTY).set(valueOf(props.one));
        if (await run('notice.drop', { ...props, reload: () => undefined }, t('notice.dropped')))
            go('/notices');
    };

    return (
        <>
            <Button icon="bin" onClick={() => setAsking(true)}>{t('notice.do.drop')}</Button>
            {asking && (
                <Confirm title={t('notice.drop.title')} yes={t('notice.do.drop')} danger onYes={drop} onClose={() => setAsking(false)}>
                    <p>{t('notice.drop.text')}</p>
                </Confirm>
            )}
        </>
    );
}

// To take it back, or to send a draft back: either needs a reason.
function Back({ one, reload, onClose, name }: Acting & { onClose: () => void; name: 'withdraw' | 'return' }) {
    const [reason, setReason] = useState('');
    const [bad, setBad] = useState<string | undefined>();
    const [failed, setFailed] = useState<unknown>(null);
    const send = async (): Promise<void> => {
        if (reason.trim() === '')
            return setBad(t('field.empty'));
        try {
            await command(name === 'withdraw' ? 'notice.expire' : 'notice.return', { notice: one.id, reason: reason.trim() });
            say(t(name === 'withdraw' ? 'notice.withdrawnNow' : 'notice.returnedNow'));
            onClose();
            reload();
        } catch (error) {
            setFailed(error);
        }
    };

    return (
        <Dialog title={t(`notice.${name}.title`)} onClose={onClose}>
            <Form onSubmit={() => void send()}>
                <p>{t(`notice.${name}.text`)}</p>
                <ErrorBox error={failed} />
                <Field id="back-reason" label={t(`notice.${name}.reason`)} required error={bad}>
                    {(tie) => <Textarea {...tie} value={reason} onInput={(text) => (setReason(text), setBad(undefined))} rows={2} autofocus />}
                </Field>
                <FormEnd>
                    <Button submit kind={name === 'withdraw' ? 'danger primary' : 'primary'}>{t(`notice.do.${name}`)}</Button>
                    <Button onClick={onClose}>{t('do.cancel')}</Button>
                </FormEnd>
            </Form>
        </Dialog>
    );
}

function Step({ tone, title, text, children }: { tone: 'note' | 'warn' | 'good'; title: string; text: string; children: ComponentChildren }) {
    return <Box tone={tone} title={title}><p>{text}</p><div class="row">{children}</div></Box>;
}

function Next(acting: Acting) {
    const { one } = acting;
    const [asking, setAsking] = useState<'withdraw' | 'return' | null>(null);
    const back = asking !== null && <Back {...acting} name={asking} onClose={() => setAsking(null)} />;
    const edit = may('notice.write') && <Button icon="pen" href={`/notices/new?of=${one.id}`}>{t('notice.do.edit')}</Button>;
    const drop = may('notice.drop') && <DropButton {...acting} />;

    if (one.state === 'draft')
        return may('notice.approve') ? (
            <Step tone="warn" title={t('notice.step.draft.leader')} text={t('notice.step.draft.leader.text')}>
                <PublishButton {...acting} approve />
                <Button icon="check" onClick={() => run('notice.approve', acting, t('notice.approvedNow'))}>{t('notice.do.approve')}</Button>
                <Button icon="left" onClick={() => setAsking('return')}>{t('notice.do.return')}</Button>
                {edit}{drop}{back}
            </Step>
        ) : <Step tone="note" title={t('notice.step.draft.other')} text={t('notice.step.draft.other.text')}>{edit}{drop}</Step>;
    if (one.state === 'returned')
        return (
            <Step tone="warn" title={t(may('notice.approve') ? 'notice.step.returned.leader' : 'notice.step.returned', { by: one.by ?? '' })}
                text={t('notice.remark', { by: one.returned_by ?? '', reason: one.reason ?? '' })}>{edit}{drop}</Step>
        );
    if (one.state === 'approved')
        return (
            <Step tone="good" title={t('notice.step.approved')} text={t('notice.step.approved.text', { by: one.approved_by ?? '' })}>
                {may('notice.publish') && <PublishButton {...acting} />}
                {may('notice.return') && <Button icon="left" onClick={() => setAsking('return')}>{t('notice.do.return')}</Button>}
                {edit}{drop}{back}
            </Step>
        );
    if (!one.own)
        return null;
    if (isPast(one))
        return may('notice.write') || may('notice.publish') ? (
            <Step tone="note" title={t('notice.step.past')} text={t('notice.step.past.text')}>
                <Button icon="pen" href={`/notices/new?copy=${one.id}`}>{t('notice.do.again')}</Button>
            </Step>
        ) : null;
    if (!may('notice.correct'))
        return <p class="soft no-print">{t('notice.step.leader')}</p>;
    return (
        <div class="row no-print">
            <Button icon="pen" href={`/notices/new?correct=${one.id}`}>{t('notice.do.correct')}</Button>
            <Button kind="danger" icon="close" onClick={() => setAsking('withdraw')}>{t('notice.do.withdraw')}</Button>
            {back}
        </div>
    );
}

// ---- what it says

function Facts({ one }: { one: Data }) {
    const names = useLists()?.units ?? [];
    const to = (one.to ?? []).map((slug) => names.find((unit) => unit.slug === slug)?.name ?? slug);
    const rows: [string, ComponentChildren][] = [
        [t('notice.from'), one.name],
        ...(isHub() && one.own ? [[t('notice.to'), to.length === 0 ? t('notice.to.all') : to.join(', ')] as [string, string]] : []),
        [t('notice.areas'), one.areas?.length ? one.areas.join(', ') : t('notice.areas.all')],
        [t('notice.span'), span(one)],
        [t('notice.by'), one.by],
        [t('notice.approved'), one.approved_by],
        [t('notice.published'), one.published === null ? null : dateTime(one.published)],
        [t('notice.reason'), one.state === 'returned' ? null : one.reason],
    ];

    return (
        <dl class="facts">
            {rows.filter(([, value]) => value).map(([label, value]) => [<dt key={label}>{label}</dt>, <dd key={`${label}.`}>{value}</dd>])}
        </dl>
    );
}

function Leaves({ one }: { one: Data }) {
    const lists = useLists();

    return (
        <div class="card stack no-print">
            <div class="row">
                <CopyButton text={chatText(lists, one)} label={t('notice.chat')} />
                <Button icon="print" onClick={() => print()}>{t('notice.board')}</Button>
            </div>
            <details>
                <summary>{t('notice.aloud')}</summary>
                <p class="prewrap measure aloud" lang="vi">{loudText(one)}</p>
                <CopyButton small text={loudText(one)} label={t('notice.aloud.copy')} />
            </details>
        </div>
    );
}

function versionBy(one: Version): string {
    return one.approved_by ? t('notice.history.by', { by: one.by ?? '', approved: one.approved_by })
        : t('notice.history.by.one', { by: one.by ?? '' });
}

function History({ versions }: { versions: Version[] }) {
    if (versions.length < 2)
        return null;
    return (
        <section class="card stack no-print" aria-labelledby="history">
            <h2 id="history">{t('notice.history')}</h2>
            <ol class="trail">
                {versions.map((one, i) => (
                    <li key={one.version}>
                        <Icon name={one.withdrawn !== null ? 'close' : i === versions.length - 1 ? 'send' : 'pen'} />
                        <strong class="num">{dateTime(one.at)}</strong>{' '}
                        {one.withdrawn !== null ? t('notice.state.withdrawn') : i === versions.length - 1 ? t('notice.history.first') : t('notice.corrected')}
                        <p class="sub">{versionBy(one)}{one.reason ? ` · ${t('notice.reason')}: ${one.reason}` : ''}</p>
                        {i < versions.length - 1 && one.withdrawn === null && <Changes before={versions[i + 1]!} after={one} />}
                    </li>
                ))}
            </ol>
        </section>
    );
}

function Reach({ reach }: { reach: NonNullable<Data['reach']> }) {
    return (
        <section class="card stack no-print" aria-labelledby="reach">
            <div class="row spread"><h2 id="reach">{t('notice.reach')}</h2>
                <strong>{t('notice.reach.count', { n: reach.filter((one) => one.has).length, of: reach.length })}</strong></div>
            <p class="soft">{t('notice.reach.hint')}</p>
            <Table caption={t('notice.reach')} rows={[...reach].sort((a, b) => Number(a.has) - Number(b.has))} rowKey={(one) => one.unit} columns={[
                { key: 'name', title: t('notice.from'), head: true, cell: (one) => one.name },
                { key: 'has', title: t('notices.col.state'), cell: (one) => <Badge tone={one.has ? 'good' : 'warn'} icon={one.has ? 'check' : 'clock'}>
                    {t(one.has ? 'notice.reach.has' : 'notice.reach.not')}</Badge> },
                { key: 'seen', title: t('notice.reach.seen'), cell: (one) => <span class="num">{dateTime(one.last_seen)}</span> },
                { key: 'phone', title: t('directory.phone'), cell: (one) => one.phone && !one.has ? <Tel number={one.phone} /> : null },
            ]} />
        </section>
    );
}

function Body({ one, reload }: Acting) {
    const lists = useLists();

    return (
        <>
            <div class="stack no-print">
                {one.history.length === 0 || !isPast(one) || one.own ? <Next one={one} reload={reload} /> : null}
                <article class="card stack">
                    {one.text === undefined ? <p class="quiet">{t('notice.gone')}</p>
                        : <p class="prewrap measure notice-text" lang="vi">{one.text}</p>}
                    <Facts one={one} />
                </article>
                {!isPast(one) && one.text !== undefined && <Leaves one={one} />}
                {one.reach !== undefined && one.reach.length > 0 && <Reach reach={one.reach} />}
                <History versions={one.history} />
            </div>
            <Paper large from={one.name} kicker={kindName(lists, one.kind)} title={one.title ?? ''}
                foot={`${one.published === null ? '' : `Đăng ${dateTime(one.published)}. `}${one.expires === null ? '' : `Hiệu lực đến ${dateTime(one.expires)}.`}`}>
                <p class="prewrap">{one.text}</p>
                {one.areas !== undefined && one.areas.length > 0 && <p><strong>Nơi cần biết:</strong> {one.areas.join(', ')}</p>}
            </Paper>
        </>
    );
}

export default function Notice({ params }: At) {
    const live = useLive<Data>(`/api/notices/${params['id']}`, ['notices']);
    const lists = useLists();
    const one = live.data;

    return (
        <Page title={one?.title ?? t('notices.title')} back={{ href: '/notices', label: t('notices.title') }}
            lead={one && `${kindName(lists, one.kind)} · ${one.name}`}
            beside={one && <><Standing one={one} />{one.own && !isHub() && <Badge icon={one.shared ? 'users' : 'house'}>{t(one.shared ? 'notice.shared' : 'notice.local')}</Badge>}</>}>
            <Await live={live}>{(data) => <Body one={data} reload={live.reload} />}</Await>
        </Page>
    );
}
