// Buttons, fields, a form with what is wrong in it.
import { useState } from 'preact/hooks';
import {
    Button, Checkbox, Combobox, Field, Form, FormEnd, FormErrors, Input, MomentInput, Radios, Search, Segments,
    Select, Tabs, Textarea, say, type Errors, type Option,
} from '../look';

const CATEGORIES: Option[] = [
    { value: 'trom_cap', label: 'Trộm cắp tài sản', group: 'Trật tự' },
    { value: 'gay_roi', label: 'Gây rối trật tự công cộng', group: 'Trật tự' },
    { value: 'danh_bac', label: 'Đánh bạc, đá gà', group: 'Trật tự' },
    { value: 'tin_dung_den', label: 'Tín dụng đen, đòi nợ thuê', group: 'Trật tự' },
    { value: 'cat_trai_phep', label: 'Khai thác cát trái phép', group: 'Môi trường' },
    { value: 'danh_bat_xung_dien', label: 'Đánh bắt xung điện', group: 'Môi trường' },
    { value: 'duoi_nuoc', label: 'Đuối nước, cứu nạn', group: 'Cứu nạn' },
    { value: 'ngap_lut', label: 'Ngập lụt, sạt lở', group: 'Cứu nạn' },
];
const VILLAGES: Option[] = ['Phước Yên', 'La Vân Hạ', 'Niêm Phò', 'Phù Lai']
    .map((name) => ({ value: name, label: name }));

function Buttons() {
    const [view, setView] = useState('open');
    const wait = (): Promise<void> => new Promise((done) => setTimeout(done, 1500));

    return (
        <div class="card stack">
            <div class="row">
                <Button kind="primary" icon="plus" keyhint="n" onClick={() => say('Đã nhận tin số 128.')}>Nhận tin mới</Button>
                <Button icon="print">In</Button>
                <Button kind="plain" icon="refresh">Tải lại</Button>
                <Button kind="danger" icon="bin">Xóa tin</Button>
                <Button kind="danger primary">Thu hồi cảnh báo</Button>
                <Button kind="primary" onClick={wait}>Chậm một chút</Button>
                <Button disabled>Chưa làm được</Button>
                <Button icon="copy" label="Sao chép" />
            </div>
            <div class="row">
                <Button small icon="check">Xác nhận</Button>
                <Button small kind="plain">Thôi</Button>
                <Segments label="Tin" value={view} onChange={setView} options={[
                    { value: 'open', label: 'Đang mở', icon: 'inbox' },
                    { value: 'closed', label: 'Đã đóng' }, { value: 'all', label: 'Tất cả' },
                ]} />
            </div>
        </div>
    );
}

function Example() {
    const [category, setCategory] = useState('');
    const [village, setVillage] = useState('');
    const [text, setText] = useState('');
    const [phone, setPhone] = useState('');
    const [at, setAt] = useState('2025-11-05T23:10:00+07:00');
    const [urgent, setUrgent] = useState(false);
    const [channel, setChannel] = useState('dien_thoai');
    const [errors, setErrors] = useState<Errors>({});
    const send = (): void => {
        const wrong: Errors = {};

        if (category === '')
            wrong['style-category'] = 'Hãy chọn loại tin.';
        if (text.trim() === '')
            wrong['style-text'] = 'Hãy ghi nội dung tin.';
        setErrors(wrong);
        if (Object.keys(wrong).length === 0)
            say('Đã nhận tin.');
    };

    return (
        <div class="card">
            <Form onSubmit={send} label="Example">
                <FormErrors errors={errors} />
                <div class="pair">
                    <Field id="style-category" label="Loại tin" required error={errors['style-category']}>
                        {(tie) => <Combobox {...tie} value={category} options={CATEGORIES} onChange={setCategory} />}
                    </Field>
                    <Field id="style-village" label="Thôn">
                        {(tie) => <Select {...tie} value={village} options={VILLAGES} onChange={setVillage} empty="Không rõ" />}
                    </Field>
                </div>
                <Field id="style-text" label="Nội dung" required error={errors['style-text']}
                    hint="Việc gì, ở đâu, lúc nào. Đừng ghi tên người báo ở đây.">
                    {(tie) => <Textarea {...tie} value={text} onInput={setText} limit={240} />}
                </Field>
                <div class="pair">
                    <Field id="style-phone" label="Số điện thoại" optional hint="Được niêm phong ngay khi lưu.">
                        {(tie) => <Input {...tie} type="tel" value={phone} onInput={setPhone} inputMode="tel" />}
                    </Field>
                    <Field id="style-at" label="Xảy ra lúc">
                        {(tie) => <MomentInput {...tie} value={at} onChange={setAt} />}
                    </Field>
                </div>
                <Radios name="style-channel" label="Đến bằng đường" value={channel} onChange={setChannel} options={[
                    { value: 'dien_thoai', label: 'Điện thoại' },
                    { value: 'truc_tiep', label: 'Trực tiếp', hint: 'Người dân đến trụ sở' },
                    { value: 'zalo', label: 'Zalo' },
                ]} />
                <Checkbox id="style-urgent" urgent label="Tin khẩn" checked={urgent} onChange={setUrgent}
                    hint="Chuông kêu ở đây ngay, và ở huyện nếu sau 15 phút chưa ai tiếp nhận." />
                <FormEnd>
                    <Button submit kind="primary">Lưu tin</Button>
                    <Button kind="plain">Bỏ bản nháp</Button>
                </FormEnd>
            </Form>
        </div>
    );
}

export function Controls() {
    const [words, setWords] = useState('');
    const [tab, setTab] = useState('history');

    return (
        <section class="stack" aria-labelledby="style-controls">
            <h2 id="style-controls">Controls</h2>
            <Buttons />
            <Example />
            <div class="card stack">
                <div class="filters">
                    <div class="field wide"><Search label="Tìm trong tin" value={words} onInput={setWords} /></div>
                    <div class="field">
                        <Select id="style-filter" aria-label="Trạng thái" value="" onChange={() => undefined}
                            options={[{ value: 'moi', label: 'Mới' }]} empty="Mọi trạng thái" />
                    </div>
                </div>
                <Tabs label="Example" value={tab} onChange={setTab} tabs={[
                    { id: 'history', label: 'Diễn biến' }, { id: 'notes', label: 'Ghi chú' },
                    { id: 'sender', label: 'Người báo' },
                ]}>
                    <p class="soft">{tab === 'history' ? 'Tiếp nhận 14:05, phân loại 14:20.'
                        : tab === 'notes' ? 'Chưa có ghi chú.' : 'Được niêm phong.'}</p>
                </Tabs>
            </div>
        </section>
    );
}
