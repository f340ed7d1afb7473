// The name and password of one of the first users.
import { useState } from 'preact/hooks';
import { t } from './i18n';
import { Checkbox, Field, Input, type Errors } from '../look/form';
import { SHORTEST, tooShort } from '../password';

export interface NewUserValue {
    name: string;
    password: string;
    repeat: string;
}

export function checkUser(id: string, user: NewUserValue): Errors {
    const wrong: Errors = {};

    if (user.name.trim() === '')
        wrong[`${id}-name`] = t('field.empty');
    if (tooShort(user.password))
        wrong[`${id}-password`] = t('setup.form.short', { n: SHORTEST });
    else if (user.password !== user.repeat)
        wrong[`${id}-repeat`] = t('setup.form.differs');
    return wrong;
}

export function NewUser(props: {
    id: string;
    value: NewUserValue;
    onChange: (value: NewUserValue) => void;
    errors: Errors;
    autofocus?: boolean;
}) {
    const { id, value, errors } = props;
    const [show, setShow] = useState(false);
    const set = (change: Partial<NewUserValue>): void => props.onChange({ ...value, ...change });
    const type = show ? 'text' : 'password';

    return (
        <>
            <Field id={`${id}-name`} label={t('setup.form.name')} hint={t('setup.form.name.hint')} error={errors[`${id}-name`]} required>
                {(tie) => <Input {...tie} name={`${id}-name`} value={value.name} onInput={(name) => set({ name })} autocomplete="off"
                    width="medium" autofocus={props.autofocus ?? false} />}
            </Field>
            <Field id={`${id}-password`} label={t('setup.form.password')} hint={t('setup.form.password.hint', { n: SHORTEST })}
                error={errors[`${id}-password`]} required>
                {(tie) => <Input {...tie} type={type} value={value.password} onInput={(password) => set({ password })}
                    autocomplete="new-password" width="medium" />}
            </Field>
            <div class="stack tight">
                <Field id={`${id}-repeat`} label={t('setup.form.repeat')} error={errors[`${id}-repeat`]} required>
                    {(tie) => <Input {...tie} type={type} value={value.repeat} onInput={(repeat) => set({ repeat })}
                        autocomplete="new-password" width="medium" />}
                </Field>
                <Checkbox id={`${id}-show`} label={t('login.show')} checked={show} onChange={setShow} />
            </div>
        </>
    );
}
