// The files of a report: its own and those that came with it, more of them added.
import { useState } from 'preact/hooks';
import { may } from 'lienxa/api';
import { FileList, useFiles, type FileRow } from 'lienxa/files';
import { Await, Button } from 'lienxa/look';
import { FILES_MOST } from 'lienxa/uploads';
import { AttachMore } from './attach';
import { t } from './i18n';
import { Original } from './original';
import type { Report } from './types';

// Who passed it on, and has not got it back, adds nothing.
function isFrozen(report: Report): boolean {
    const passed = report.referral;

    return report.state === 'dong' || (passed !== null && passed.direction === 'out' && ['waiting', 'accepted'].includes(passed.stage));
}

export function Files({ report, onDone }: { report: Report; onDone: () => void }) {
    const [adding, setAdding] = useState(false);
    const [original, setOriginal] = useState<FileRow | null>(null);
    const own = report.attachments.length;
    const some = own > 0 || report.continues !== undefined;
    const live = useFiles(some && report.erased === null ? report.id : null, ['reports', 'referrals', 'link']);
    const more = may('report.attach') && !isFrozen(report) && own < FILES_MOST;
    const count = some ? live.data?.rows.length ?? own : 0;

    if (report.erased !== null || (count === 0 && !more))
        return null;
    return (
        <section class="card stack" aria-labelledby="files">
            <h2 id="files">{t('files.title')}</h2>
            {count === 0 ? <p class="quiet">{t('files.none')}</p> : (
                <>
                    <p class="quiet no-print">{t('files.text')}</p>
                    <Await live={live}>{({ rows }) => <FileList report={report.id} rows={rows} onOriginal={may('original.open') ? setOriginal : undefined} />}</Await>
                </>
            )}
            {more && (adding
                ? <AttachMore report={report.id} most={FILES_MOST - own} onClose={() => setAdding(false)} onDone={() => {
                    onDone();
                    live.reload();
                }} />
                : <p class="no-print"><Button small icon="plus" onClick={() => setAdding(true)}>{t('files.add')}</Button></p>)}
            {original !== null && <Original report={report.id} row={original} onClose={() => setOriginal(null)} />}
        </section>
    );
}
