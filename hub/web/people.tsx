// Who may sign in here, in which role.
import { useState } from 'preact/hooks';
import { command, may, session, useLive } from 'lienxa/api';
import {
    Await, Badge, Button, Confirm, Dialog, ErrorBox, Field, Form, FormEnd, FormErrors, Input, Page, Radios, Table, say, sayError,
    type Column, type Errors,
} from 'lienxa/look';
import { SHORTEST, tooShort } from 'lienxa/password';
import { t } from './i18n';
import { word } from './data';

interface User {
    name: string;
    role: string;
    disabled: boolean;
    totp: boolean;
    recovery_codes: number;
}
const ROLES = ['duty', 'operator', 'analyst', 'auditor'] as const;

function PersonDialog({ of, onClose, onDone }: { of: User | null; onClose: () => void; onDone: () => void }) {
    const [name, setName] = useState(of?.name ?? '');
    const [role, setRole] = useState<string>(of?.role ?? 'duty');
    const [password, setPassword] = useState('');
    const [old, setOld] = useState('');
    const [errors, setErrors] = useState<Errors>({});
    const [failed, setFailed] = useState<unknown>(null);
    const [busy, setBusy] = useState(false);
    const mine = of !== null && of.name === session.value?.user;
    const save = async (): Promise<void> => {
        const wrong: Errors = {};

        if (name.trim() === '')
            wrong['person-name'] = t('field.empty');
        if (tooShort(password))
            wrong['person-password'] = t('people.short', { n: SHORTEST });
        setErrors(wrong);
        if (Object.keys(wrong).length > 0)
            return;
        setBusy(true);
        try {
            await command(of === null ? 'user.add' : 'user.passwd', of === null ? { name: name.trim(), role, password }
                : { name: of.name, password, ...(mine ? { old } : {}) });
            say(t(of === null ? 'people.added' : 'people.changed', { name: name.trim() }));
            onClose();
            onDone();
        } catch (error) {
            setFailed(error);
        }
        setBusy(false);
    };

    return (
        <Dialog title={of === null ? t('people.add') : t('people.passwordOf', { name: of.name })} onClose={onClose}>
            <Form onSubmit={() => void save()}>
                <FormErrors errors={errors} />
                <ErrorBox error={failed} />
                {of === null && (
                    <>
                        <Field id="person-name" label={t('login.name')} hint={t('people.name.hint')} required error={errors['person-name']}>
                            {(tie) => <Input {...tie} value={name} onInput={setName} autofocus autocomplete="off" />}
                        </Field>
                        <Radios name="person-role" label={t('people.role')} value={role} onChange={setRole}
                            options={ROLES.map((one) => ({ value: one, label: word('role', one), hint: t(`people.may.${one}`) }))} />
                    </>
                )}
                {mine && (
                    <Field id="person-old" label={t('people.old')}>
                        {(tie) => <Input {...tie} type="password" value={old} onInput={setOld} autocomplete="current-password" />}
                    </Field>
                )}
                <Field id="person-password" label={t('people.password')} hint={t('people.password.hint', { n: SHORTEST })} required error={errors['person-password']}>
                    {(tie) => <Input {...tie} type="password" value={password} onInput={setPassword} autocomplete="new-password" />}
                </Field>
                <FormEnd>
                    <Button submit kind="primary" busy={busy}>{of === null ? t('people.add') : t('people.change')}</Button>
                    <Button onClick={onClose}>{t('do.cancel')}</Button>
                </FormEnd>
            </Form>
        </Dialog>
    );
}

type Asked = { what: 'disable' | 'totp'; user: User } | { what: 'add' } | { what: 'passwd'; user: User } | null;

export default function People() {
    const live = useLive<{ rows: User[] }>('/api/users', ['accounts']);
    const [asked, setAsked] = useState<Asked>(null);
    const close = (): void => setAsked(null);
    const run = async (name: string, user: User): Promise<void> => {
        try {
            await command(`user.${name}`, { name: user.name });
            say(t('people.changed', { name: user.name }));
            live.reload();
        } catch (error) {
            sayError(error);
        }
        close();
    };
    const columns: Column<User>[] = [
        { key: 'name', title: t('login.name'), head: true, sort: (row) => row.name, cell: (row) => row.name },
        { key: 'role', title: t('people.role'), sort: (row) => row.role, cell: (row) => word('role', row.role) },
        { key: 'state', title: t('report.state'), cell: (row) => row.disabled ? <Badge icon="lock">{t('people.disabled')}</Badge>
            : <Badge tone="good" icon="check">{t('people.active')}</Badge> },
        { key: 'totp', title: t('people.totp'), cell: (row) => row.totp ? <Badge tone="good" icon="shield">{t('people.totp.codes', { n: row.recovery_codes })}</Badge>
            : <Badge tone="warn" icon="warning">{t('people.totp.none')}</Badge> },
        { key: 'do', title: t('people.do'), cell: (row) => (
            <span class="row">
                {may('user.passwd') && <Button small onClick={() => setAsked({ what: 'passwd', user: row })}>{t('people.passwd')}</Button>}
                {may('user.totp') && row.totp && <Button small onClick={() => setAsked({ what: 'totp', user: row })}>{t('people.totp.drop')}</Button>}
                {may('user.enable') && row.disabled && <Button small onClick={() => run('enable', row)}>{t('people.enable')}</Button>}
                {may('user.disable') && !row.disabled && row.name !== session.value?.user &&
                    <Button small kind="danger" onClick={() => setAsked({ what: 'disable', user: row })}>{t('people.disable')}</Button>}
            </span>
        ) },
    ];

    return (
        <Page title={t('people.title')} lead={t('people.lead')}
            actions={may('user.add') && <Button kind="primary" icon="plus" onClick={() => setAsked({ what: 'add' })}>{t('people.add')}</Button>}>
            <div class="card flush">
                <Await live={live}>{({ rows }) => (
                    <Table caption={t('people.title')} columns={may('user.add') ? columns : columns.slice(0, -1)} rows={rows} rowKey={(row) => row.name} />
                )}</Await>
            </div>
            {asked?.what === 'add' && <PersonDialog of={null} onClose={close} onDone={live.reload} />}
            {asked?.what === 'passwd' && <PersonDialog of={asked.user} onClose={close} onDone={live.reload} />}
            {(asked?.what === 'disable' || asked?.what === 'totp') && (
                <Confirm title={t(`people.ask.${asked.what}`, { name: asked.user.name })} danger
                    yes={t(asked.what === 'disable' ? 'people.disable' : 'people.totp.drop')}
                    onYes={() => run(asked.what, asked.user)} onClose={close}>
                    <p>{t(`people.why.${asked.what}`)}</p>
                </Confirm>
            )}
        </Page>
    );
}
