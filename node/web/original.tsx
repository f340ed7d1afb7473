// The sealed original of a picture: a custodian opens it, by password and with a
// reason that is kept; it stays open for some minutes.
import { useState } from 'preact/hooks';
import { post } from 'lienxa/api';
import type { FileRow } from 'lienxa/files';
import { Box, Button, Dialog, Field, Icon, Textarea } from 'lienxa/look';
import { PasswordDialog } from './sender';
import { t } from './i18n';

const MINUTES = 5; // node/original.h

export function Original({ report, row, onClose }: { report: string; row: FileRow; onClose: () => void }) {
    const [reason, setReason] = useState('');
    const [bad, setBad] = useState<string | undefined>();
    const [open, setOpen] = useState<string | null>(null);
    const name = row.name || t('files.nameless', { n: row.key });

    if (open !== null)
        return (
            <Dialog title={t('original.opened', { name })} onClose={onClose} end={<Button onClick={onClose}>{t('do.close')}</Button>}>
                <Box tone="warn"><p>{t('original.care', { n: MINUTES })}</p></Box>
                <p class="row">
                    <a class="button" href={`/api/originals/${open}`} target="_blank" rel="noopener"><Icon name="eye" />{t('original.look')}</a>
                    <a class="button" href={`/api/originals/${open}?save=1`} download={`original-${name}`}><Icon name="down" />{t('files.save')}</a>
                </p>
            </Dialog>
        );
    return (
        <PasswordDialog title={t('original.title', { name })} yes={t('original.go')} refused={t('original.refused')} onClose={() => undefined}
            onCancel={onClose} go={async (password) => {
                if (reason.trim() === '') {
                    setBad(t('need.reason'));
                    return false;
                }
                setBad(undefined);
                const out = await post<{ open: string }>('/api/original/open', { report, number: row.key, reason: reason.trim(), password });

                return setOpen(out.open);
            }}>
            <p>{t('original.text')}</p>
            <Field id="original-reason" label={t('original.reason')} required error={bad}>
                {(tie) => <Textarea {...tie} value={reason} onInput={setReason} rows={2} autofocus />}
            </Field>
        </PasswordDialog>
    );
}
