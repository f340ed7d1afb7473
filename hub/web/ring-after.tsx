// How long an urgent report may wait for its commune before it rings here.
import { useState } from 'preact/hooks';
import { command, may } from 'lienxa/api';
import { duration } from 'lienxa/format';
import { Button, Dialog, ErrorBox, Field, Form, FormEnd, Icon, Select, say } from 'lienxa/look';
import { t } from './i18n';
import { useStatus } from './data';

const MINUTE = 60000;
const CHOICES = [5, 10, 15, 20, 30, 45, 60, 120]; // minutes

function Change({ present, onClose }: { present: number; onClose: () => void }) {
    const [minutes, setMinutes] = useState(String(present));
    const [failed, setFailed] = useState<unknown>(null);
    const choices = [...new Set([...CHOICES, present])].sort((a, b) => a - b);
    const save = async (): Promise<void> => {
        try {
            await command('settings.ring', { after: `${minutes}m` });
            say(t('bell.saved'));
            onClose();
        } catch (error) {
            setFailed(error);
        }
    };

    return (
        <Dialog title={t('bell.title')} onClose={onClose}>
            <Form onSubmit={() => void save()}>
                <ErrorBox error={failed} />
                <Field id="ring-after" label={t('bell.label')} hint={t('bell.hint')}>
                    {(tie) => <Select {...tie} value={minutes} onChange={setMinutes}
                        options={choices.map((n) => ({ value: String(n), label: duration(n * MINUTE) }))} />}
                </Field>
                <FormEnd>
                    <Button submit kind="primary">{t('bell.save')}</Button>
                    <Button onClick={onClose}>{t('do.cancel')}</Button>
                </FormEnd>
            </Form>
        </Dialog>
    );
}

export function RingAfter() {
    const after = useStatus().data?.ring_after_ms;
    const [changing, setChanging] = useState(false);

    if (after === undefined)
        return null;
    return (
        <p class="row soft no-print"><Icon name="bell" />{t('bell.now', { span: duration(after) })}
            {may('settings.ring') && <Button small kind="plain" onClick={() => setChanging(true)}>{t('bell.change')}</Button>}
            {changing && <Change present={Math.round(after / MINUTE)} onClose={() => setChanging(false)} />}
        </p>
    );
}
