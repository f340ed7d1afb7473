// What was passed on to us, and by us.
import { useLive } from 'lienxa/api';
import { when } from 'lienxa/format';
import { Await, Clock, Empty, Page, Table, Urgent, now, type Column } from 'lienxa/look';
import type { Page as At } from 'lienxa/router';
import { t } from './i18n';
import { dueOf } from './queue';
import { AnswerButtons, Stage } from './referral-part';
import type { Referral } from './types';
import { categoryName, unitName, useCatalogue } from './words';

function columns(onDone: () => void): Column<Referral>[] {
    return [
        { key: 'what', title: t('col.report'), head: true, wide: true, cell: (r) => (
            <>{categoryName(r.category)} {r.urgent && <Urgent />}
                <span class="sub quiet">{t(r.direction === 'in' ? 'row.in' : 'row.out', { name: unitName(r.unit) })}</span></>
        ) },
        { key: 'text', title: t('col.text'), wide: true, cell: (r) => <span class="clip soft">{r.text ?? '–'}</span> },
        { key: 'village', title: t('col.village'), narrow: true, cell: (r) => r.village ?? '–' },
        { key: 'offered', title: t('referrals.offered'), narrow: true, cell: (r) => <span class="num">{when(r.offered, now())}</span> },
        { key: 'stage', title: t('referrals.stage'), cell: (r) => (
            <><Stage referral={r} />{r.due && <> <Clock due={dueOf(r.due)} /></>}
                {r.reason !== null && <span class="sub quiet">{r.reason}</span>}</>
        ) },
        { key: 'do', title: t('referrals.do'), wide: true, cell: (r) => <AnswerButtons referral={r} onDone={onDone} see /> },
    ];
}

export function Referrals(_: At) {
    const live = useLive<{ rows: Referral[] }>('/api/referrals', ['referrals', 'reports']);

    useCatalogue();
    return (
        <Page title={t('referrals.title')} lead={t('referrals.lead')}>
            <Await live={live}>{({ rows }) => (
                <div class="stack">
                    {(['in', 'out'] as const).map((way) => (
                        <section key={way} class="stack" aria-labelledby={`way-${way}`}>
                            <h2 id={`way-${way}`}>{t(`referrals.${way}`)}</h2>
                            <div class="card flush">
                                <Table caption={t(`referrals.${way}`)} rowKey={(r) => r.id} columns={columns(live.reload)}
                                    rows={rows.filter((one) => one.direction === way)}
                                    urgent={(r) => r.urgent && r.stage === 'waiting' && way === 'in'}
                                    empty={<Empty title={t(`referrals.${way}.none`)} icon="inbox" />} />
                            </div>
                        </section>
                    ))}
                </div>
            )}</Await>
        </Page>
    );
}
