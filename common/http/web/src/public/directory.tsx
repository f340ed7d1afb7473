// Numbers to call: 111 to 115 first, then the district, this commune's own, the others.
import { useState } from 'preact/hooks';
import { command, may, serverNow, session, useLive } from '../api';
import { date } from '../format';
import { language } from '../i18n';
import { Await, Box, Button, Confirm, Dialog, ErrorBox, Field, Form, FormEnd, FormErrors, Input, Page, say, sayError, type Errors } from '../look';
import { t } from './i18n';
import { isHub } from './data';
import { Paper, Tel } from './parts';

interface Entry {
    phone: string | null;
    name: string;
    name_en?: string;
    fixed: boolean;
    slug?: string; // of a unit, or "district"
    own?: boolean; // written by this commune
    number?: number;
    note?: string | null;
}

const nameOf = (one: Entry): string => language.value === 'en' && one.name_en ? one.name_en : one.name;

function Fixed({ rows }: { rows: Entry[] }) {
    return (
        <section aria-labelledby="fixed">
            <h2 id="fixed">{t('directory.fixed')}</h2>
            <ul class="fixed-numbers">
                {rows.map((one) => <li key={one.phone} class="card"><Tel number={one.phone ?? ''} large /><span>{nameOf(one)}</span></li>)}
            </ul>
        </section>
    );
}

// A unit's number at the district (its name is the roster's), or one of the commune's own.
function Edit({ one, onClose, onDone }: { one: Entry | null; onClose: () => void; onDone: () => void }) {
    const [value, setValue] = useState({ name: one?.name ?? '', phone: one?.phone ?? '', note: one?.note ?? '' });
    const [errors, setErrors] = useState<Errors>({});
    const [failed, setFailed] = useState<unknown>(null);
    const save = async (): Promise<void> => {
        const wrong: Errors = {};

        if (!isHub() && value.name.trim() === '')
            wrong['d-name'] = t('field.empty');
        if (!/^[\d +.()-]*$/.test(value.phone.trim()) || (!isHub() && !/\d{3}/.test(value.phone.replace(/\D/g, ''))))
            wrong['d-phone'] = t('directory.bad');
        setErrors(wrong);
        setFailed(null);
        if (Object.keys(wrong).length > 0)
            return;
        try {
            await command('directory.set', isHub() ? { unit: one?.slug, phone: value.phone.trim() }
                : { ...(one?.number === undefined ? {} : { number: one.number }), name: value.name.trim(), phone: value.phone.trim(), note: value.note.trim() });
            say(t('directory.saved'));
            onClose();
            onDone();
        } catch (error) {
            setFailed(error);
        }
    };

    return (
        <Dialog title={isHub() ? nameOf(one!) : t(one === null ? 'directory.add' : 'directory.change')} onClose={onClose}>
            <Form onSubmit={() => void save()}>
                <FormErrors errors={errors} /><ErrorBox error={failed} />
                {!isHub() && (
                    <Field id="d-name" label={t('directory.name')} required error={errors['d-name']}>
                        {(tie) => <Input {...tie} value={value.name} onInput={(name) => setValue({ ...value, name })} maxLength={60} autofocus />}
                    </Field>
                )}
                <Field id="d-phone" label={t('directory.phone')} {...(isHub() ? { hint: t('directory.phone.hub') } : { required: true })} error={errors['d-phone']}>
                    {(tie) => <Input {...tie} type="tel" inputMode="tel" value={value.phone} onInput={(phone) => setValue({ ...value, phone })} maxLength={31} />}
                </Field>
                {!isHub() && (
                    <Field id="d-note" label={t('directory.note')} optional hint={t('directory.note.hint')}>
                        {(tie) => <Input {...tie} value={value.note} onInput={(note) => setValue({ ...value, note })} maxLength={90} />}
                    </Field>
                )}
                <FormEnd><Button submit kind="primary">{t('do.save')}</Button><Button onClick={onClose}>{t('do.cancel')}</Button></FormEnd>
            </Form>
        </Dialog>
    );
}

function Line({ one, reload }: { one: Entry; reload: () => void }) {
    const [open, setOpen] = useState<'edit' | 'drop' | null>(null);
    const mine = may('directory.set') && (isHub() || one.own === true);
    const drop = async (): Promise<void> => {
        setOpen(null);
        try {
            await command('directory.drop', { number: one.number });
            say(t('directory.dropped', { name: one.name, phone: one.phone ?? '' }));
        } catch (error) {
            sayError(error);
        }
        reload();
    };

    return (
        <li class="number-line">
            <span><strong>{nameOf(one)}</strong>{one.note && <span class="sub soft">{one.note}</span>}</span>
            {one.phone === null ? <span class="quiet">{t('directory.none')}</span> : <Tel number={one.phone} />}
            {mine && (
                <span class="row no-print">
                    <Button small icon="pen" label={t('directory.change.of', { name: one.name })} onClick={() => setOpen('edit')} />
                    {one.own && <Button small icon="bin" label={t('directory.drop.of', { name: one.name })} onClick={() => setOpen('drop')} />}
                </span>
            )}
            {open === 'edit' && <Edit one={one} onClose={() => setOpen(null)} onDone={reload} />}
            {open === 'drop' && <Confirm title={t('directory.drop.title', { name: one.name })} yes={t('directory.drop')} danger onYes={drop}
                onClose={() => setOpen(null)}><p>{one.phone}</p></Confirm>}
        </li>
    );
}

function Group({ id, title, rows, reload, none }: { id: string; title: string; rows: Entry[]; reload: () => void; none?: string }) {
    return (
        <section class="card" aria-labelledby={id}>
            <h2 id={id}>{title}</h2>
            {rows.length === 0 ? <p class="quiet">{none}</p>
                : <ul class="plain-rows">{rows.map((one) => <Line key={one.slug ?? one.number} one={one} reload={reload} />)}</ul>}
        </section>
    );
}

function Sheet({ groups }: { groups: [string, Entry[]][] }) {
    return (
        <Paper large from={session.value?.name ?? ''} title="Số điện thoại cần nhớ" foot={`In ngày ${date(serverNow())}`}>
            {groups.filter(([, rows]) => rows.some((one) => one.phone !== null)).map(([title, rows]) => (
                <table class="paper-numbers" key={title}>
                    <caption>{title}</caption>
                    <tbody>{rows.filter((one) => one.phone !== null).map((one) =>
                        <tr key={one.name + one.phone}><th scope="row">{one.name}{one.note && <small>{one.note}</small>}</th><td>{one.phone}</td></tr>)}</tbody>
                </table>
            ))}
        </Paper>
    );
}

export default function Directory() {
    const live = useLive<{ rows: Entry[] }>('/api/directory', ['notices', 'nodes', 'link']);
    const [adding, setAdding] = useState(false);

    return (
        <Page title={t('directory.title')} lead={t(isHub() ? 'directory.lead.hub' : 'directory.lead.node')}
            actions={<>
                {!isHub() && may('directory.set') && <Button icon="plus" onClick={() => setAdding(true)}>{t('directory.add')}</Button>}
                <Button kind="primary" icon="print" onClick={() => print()}>{t('directory.print')}</Button></>}>
            <Await live={live}>{({ rows }) => {
                const unit = session.value?.unit;
                const fixed = rows.filter((one) => one.fixed);
                const district = rows.filter((one) => one.slug === 'district');
                const own = rows.filter((one) => one.own || (!isHub() && one.slug === unit));
                const others = rows.filter((one) => !one.fixed && !district.includes(one) && !own.includes(one));

                return (
                    <>
                        <div class="stack no-print">
                            <Fixed rows={fixed} />
                            {isHub() && district.every((one) => one.phone === null) && <Box tone="note"><p>{t('directory.district.give')}</p></Box>}
                            {district.length > 0 && <Group id="district" title={t('directory.district')} rows={district} reload={live.reload} />}
                            {!isHub() && <Group id="own" title={t('directory.own')} rows={own} reload={live.reload} none={t('directory.own.none')} />}
                            {others.length > 0 && <Group id="others" title={t(isHub() ? 'directory.communes' : 'directory.others')} rows={others} reload={live.reload} />}
                        </div>
                        <Sheet groups={[['Khẩn cấp', fixed], ['Huyện', district], [session.value?.name ?? '', own], [isHub() ? 'Các xã' : 'Các xã khác', others]]} />
                    </>
                );
            }}</Await>
            {adding && <Edit one={null} onClose={() => setAdding(false)} onDone={live.reload} />}
        </Page>
    );
}
