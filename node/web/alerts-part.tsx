// "I have read it": in the name of whoever is at the desk.
import { useState } from 'preact/hooks';
import { command, may, session } from 'lienxa/api';
import { Button, Dialog, ErrorBox, Field, Form, FormEnd, Input, say } from 'lienxa/look';
import { t } from './i18n';
import type { Alert } from './types';
import { overtaken } from './words';

function NameDialog({ alert, onClose, onDone }: { alert: Alert; onClose: () => void; onDone: () => void }) {
    const [by, setBy] = useState(session.value?.user ?? '');
    const [bad, setBad] = useState<string | undefined>();
    const [failed, setFailed] = useState<unknown>(null);
    const acknowledge = async (): Promise<void> => {
        if (by.trim() === '')
            return setBad(t('need.name'));
        try {
            await command('alert.ack', { alert: alert.id, by: by.trim() });
            say(t('alerts.done'));
        } catch (error) {
            if (!overtaken(error))
                return setFailed(error);
            say(t('alerts.taken'), 'warn');
        }
        onClose();
        onDone();
    };

    return (
        <Dialog title={alert.headline} onClose={onClose}>
            <Form onSubmit={() => void acknowledge()}>
                <ErrorBox error={failed} />
                <Field id="ack-by" label={t('alerts.ack.by')} hint={t('alerts.ack.hint')} error={bad}>
                    {(tie) => <Input {...tie} value={by} onInput={setBy} autofocus />}
                </Field>
                <FormEnd>
                    <Button submit kind="primary" icon="check">{t('alerts.ack')}</Button>
                    <Button onClick={onClose}>{t('do.cancel')}</Button>
                </FormEnd>
            </Form>
        </Dialog>
    );
}

export function AcknowledgeButton({ alert, onDone, primary }: { alert: Alert; onDone: () => void; primary?: boolean }) {
    const [open, setOpen] = useState(false);

    if (!may('alert.ack'))
        return null;
    return (
        <>
            <Button icon="check" {...(primary ? { kind: 'primary' as const } : {})} onClick={() => setOpen(true)}>{t('alerts.ack')}</Button>
            {open && <NameDialog alert={alert} onClose={() => setOpen(false)} onDone={onDone} />}
        </>
    );
}
