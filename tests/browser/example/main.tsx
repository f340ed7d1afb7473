// A whole small program made of the shared parts: a live list, a page of one, a
// form with a draft. The tests in this folder act on it; a page author may begin
// by copying it.
import 'lienxa/look/look.css';
import { useState } from 'preact/hooks';
import { signal } from '@preact/signals';
import { command, useLive } from 'lienxa/api';
import { start } from 'lienxa/app';
import { useDraft } from 'lienxa/drafts';
import { dateTime } from 'lienxa/format';
import {
    Await, Box, Button, Checkbox, Clock, Combobox, Confirm, Empty, ErrorBox, Field, Form, FormEnd,
    FormErrors, MomentInput, Page, Search, State, Table, Textarea, Urgent, say, useKeys, useRing,
    type Due, type Errors, type Option,
} from 'lienxa/look';
import { matches } from 'lienxa/fold';
import { go, query, setQuery, type Page as At } from 'lienxa/router';

interface Row {
    id: string;
    category: string;
    state: string;
    urgent: boolean;
    text: string;
    due: Due | null;
}

const CATEGORIES: Option[] = [
    { value: 'tin_dung_den', label: 'Tín dụng đen, đòi nợ thuê' },
    { value: 'duoi_nuoc', label: 'Đuối nước, cứu nạn' },
    { value: 'danh_bac', label: 'Đánh bạc, đá gà' },
    { value: 'cat_trai_phep', label: 'Khai thác cát trái phép' },
];
const online = signal(true);

function List(_: At) {
    const words = query.value.get('q') ?? '';
    const list = useLive<{ rows: Row[]; total: number }>('/api/reports', ['reports']);
    const waits = list.data?.rows.some((row) => row.urgent && row.state === 'moi') ?? false;

    useRing('urgent', waits);
    useKeys({ n: { label: 'Nhận tin mới', run: () => go('/new') } });
    return (
        <Page title="Tin đang mở" lead="Việc sắp quá hạn đứng trước."
            actions={<Button kind="primary" icon="plus" keyhint="n" href="/new">Nhận tin mới</Button>}>
            <div class="filters">
                <div class="field wide">
                    <Search label="Tìm trong tin" value={words} onInput={(q) => setQuery({ q })} />
                </div>
            </div>
            <Await live={list}>{(data) => (
                <div class="card flush">
                    <Table caption="Tin đang mở" total={data.total} rowKey={(row) => row.id}
                        rows={data.rows.filter((row) => matches(`${row.category} ${row.text}`, words))}
                        href={(row) => `/reports/${row.id}`} urgent={(row) => row.urgent}
                        empty={<Empty title="Không có tin nào khớp" icon="search" />}
                        columns={[
                            { key: 'what', title: 'Tin', head: true, wide: true, sort: (row) => row.category,
                                cell: (row) => <>{row.category} {row.urgent && <Urgent />}</> },
                            { key: 'text', title: 'Nội dung', wide: true,
                                cell: (row) => <span class="clip soft">{row.text}</span> },
                            { key: 'state', title: 'Trạng thái', narrow: true, cell: (row) => <State state={row.state} /> },
                            { key: 'due', title: 'Hạn', narrow: true, sort: (row) => row.due?.at ?? null,
                                cell: (row) => <Clock due={row.due} /> },
                        ]} />
                </div>
            )}</Await>
        </Page>
    );
}

function One({ params }: At) {
    const report = useLive<Row>(`/api/reports/${params['id']}`, ['reports']);
    const [failed, setFailed] = useState<unknown>(null);
    const [asking, setAsking] = useState(false);
    const take = async (): Promise<void> => {
        try {
            await command('report.move', { id: params['id'], to: 'da_tiep_nhan' });
            setFailed(null);
            say('Đã tiếp nhận.');
        } catch (error) {
            setFailed(error);
        }
    };
    const erase = async (): Promise<void> => {
        await command('report.erase', { id: params['id'] }).catch(setFailed);
        setAsking(false);
    };

    return (
        <Page title={`Tin ${params['id']}`} back={{ href: '/', label: 'Tin đang mở' }}
            actions={
                <>
                    <Button kind="primary" icon="check" onClick={take}>Tiếp nhận</Button>
                    <Button kind="danger" icon="bin" onClick={() => setAsking(true)}>Xóa tin</Button>
                </>
            }>
            <div class="stack">
                <ErrorBox error={failed} />
                <Await live={report}>{(row) => (
                    <div class="card stack">
                        <div class="row"><State state={row.state} /><Clock due={row.due} /></div>
                        <p class="measure prewrap">{row.text}</p>
                    </div>
                )}</Await>
            </div>
            {asking && (
                <Confirm title="Xóa tin này?" yes="Xóa tin" danger onYes={erase}
                    onClose={() => setAsking(false)}><p>Không lấy lại được.</p></Confirm>
            )}
        </Page>
    );
}

const EMPTY = { category: '', text: '', occurred: '', urgent: false };

function New(_: At) {
    const draft = useDraft('report', EMPTY);
    const [errors, setErrors] = useState<Errors>({});
    const [failed, setFailed] = useState<unknown>(null);
    const [busy, setBusy] = useState(false);
    const { category, text, occurred, urgent } = draft.value.value;
    const save = async (): Promise<void> => {
        const wrong: Errors = {};

        if (category === '')
            wrong['category'] = 'Hãy chọn loại tin.';
        if (text.trim() === '')
            wrong['text'] = 'Hãy ghi nội dung tin.';
        setErrors(wrong);
        if (busy || Object.keys(wrong).length > 0)
            return;
        setBusy(true);
        try {
            const { id } = await command<{ id: string }>('report.add', draft.value.value,
                { id: draft.id, patience: 3000 });

            draft.drop();
            say('Đã nhận tin.');
            go(`/reports/${id}`);
        } catch (error) {
            setFailed(error);
        }
        setBusy(false);
    };

    return (
        <Page title="Nhận tin mới">
            <Form onSubmit={() => void save()} label="Nhận tin mới">
                {draft.found !== null && (
                    <Box tone="note"><p>Bản nháp gõ lúc {dateTime(draft.found)} đã được mở lại.</p></Box>
                )}
                <FormErrors errors={errors} />
                <ErrorBox error={failed} />
                <Field id="category" label="Loại tin" required error={errors['category']}>
                    {(tie) => <Combobox {...tie} value={category} options={CATEGORIES} autofocus
                        onChange={(to) => draft.set({ category: to })} />}
                </Field>
                <Field id="text" label="Nội dung" required error={errors['text']}>
                    {(tie) => <Textarea {...tie} value={text} onInput={(to) => draft.set({ text: to })} />}
                </Field>
                <Field id="occurred" label="Xảy ra lúc" optional>
                    {(tie) => <MomentInput {...tie} value={occurred}
                        onChange={(to) => draft.set({ occurred: to })} />}
                </Field>
                <Checkbox id="urgent" urgent label="Tin khẩn" checked={urgent}
                    onChange={(to) => draft.set({ urgent: to })} />
                <FormEnd>
                    <Button submit kind="primary" busy={busy}>Lưu tin</Button>
                    <Button kind="plain" onClick={() => draft.drop()}>Bỏ bản nháp</Button>
                </FormEnd>
            </Form>
        </Page>
    );
}

start({
    what: () => 'Bàn trực xã',
    nav: [
        { href: '/', icon: 'inbox', label: () => 'Tin đang mở', count: () => 3, alarming: true },
        { href: '/new', icon: 'plus', label: () => 'Nhận tin mới' },
    ],
    routes: [
        { path: '/', page: List }, { path: '/new', page: New }, { path: '/reports/:id', page: One },
    ],
    link: () => online.value ? { tone: 'good', text: 'Đã nối với huyện; mọi tin đã tới nơi.' }
        : { tone: 'warn', text: 'Mất kết nối từ 14:05. 12 tin đang chờ; không mất tin nào.' },
});
