// What the pages say: boxes, nothing, waiting, errors, dialogs, an alert, a trail.
import { useState } from 'preact/hooks';
import { ApiError } from '../api';
import {
    Badge, Box, Button, Confirm, Dialog, Empty, ErrorBox, Icon, Loading, PrintButton, Sheet, StateIcon, say,
} from '../look';

function Dialogs() {
    const [open, setOpen] = useState<'' | 'plain' | 'confirm'>('');
    const close = (): void => setOpen('');

    return (
        <div class="card row">
            <Button onClick={() => setOpen('plain')}>Hộp thoại</Button>
            <Button kind="danger" onClick={() => setOpen('confirm')}>Hỏi lại</Button>
            <Button onClick={() => say('Đã lưu tin số 128.')}>Báo xong</Button>
            <Button onClick={() => say('Chưa lưu được. Bản nháp vẫn còn.', 'danger')}>Báo lỗi</Button>
            <PrintButton />
            {open === 'plain' && (
                <Dialog title="Chuyển tin lên huyện" onClose={close}
                    end={<><Button onClick={close}>Thôi</Button><Button kind="primary" onClick={close}>Chuyển tin</Button></>}>
                    <p>Huyện sẽ đọc được nội dung tin. Tên và số điện thoại người báo không đi cùng.</p>
                </Dialog>
            )}
            {open === 'confirm' && (
                <Confirm title="Xóa tin số 128?" yes="Xóa tin" danger onYes={close} onClose={close}>
                    <p>Nội dung và người báo bị xóa hẳn ở mọi nơi. Số liệu vẫn còn.</p>
                </Confirm>
            )}
        </div>
    );
}

export function Talk() {
    return (
        <section class="stack" aria-labelledby="style-talk">
            <h2 id="style-talk">Talk</h2>
            <div class="banner" role="region" aria-label="Cảnh báo">
                <Icon name="horn" />
                <div class="banner-in">
                    <h2>Lũ trên sông Bồ lên nhanh, sơ tán vùng trũng trước 18:00</h2>
                    <p>Cực kỳ nguy hiểm · huyện phát lúc 15:20 · hết hiệu lực 06:00 ngày 06/11/2025</p>
                </div>
                <Button icon="check">Đã nhận cảnh báo</Button>
            </div>
            <div class="columns">
                <Box tone="note" title="Tin giống tin này"><p>Có 2 tin cùng thôn trong ba ngày qua.</p></Box>
                <Box tone="good" title="Đã giao cho huyện"><p>Huyện nhận lúc 14:07, 05/11/2025.</p></Box>
                <Box tone="warn" title="Chưa nối với huyện"><p>Từ 14:05. 12 tin đang chờ; không mất tin nào.</p></Box>
                <ErrorBox error={new ApiError('conflict', 'report 0191f3a2: version 4 is newer than 3')} onRetry={() => undefined} />
            </div>
            <Dialogs />
            <div class="columns">
                <div class="card"><Empty title="Không có tin nào đang mở" icon="done"><p>Mọi tin đã được xử lý.</p></Empty></div>
                <div class="card"><Loading /></div>
            </div>
            <div class="card aside">
                <Sheet title="Phiếu tin số 128" signs={['Người lập phiếu', 'Trực chỉ huy']}>
                    <h3>Tin số 128</h3>
                    <ol class="trail">
                        <li><StateIcon state="da_tiep_nhan" /><strong>Đã tiếp nhận</strong>
                            <div class="sub num">14:05 05/11/2025 · Nguyễn Văn A</div></li>
                        <li><StateIcon state="phan_loai" /><strong>Đã phân loại</strong> <Badge tone="accent" icon="send">đã tới huyện</Badge>
                            <div class="sub num">14:20 05/11/2025 · Nguyễn Văn A</div><p>Đã gọi trưởng thôn, đúng là có ghe lạ.</p></li>
                        <li><StateIcon state="xac_minh" /><strong>Đang xác minh</strong>
                            <div class="sub num">14:52 05/11/2025 · Trần Thị B</div></li>
                    </ol>
                </Sheet>
                <dl class="facts">
                    <dt>Loại</dt><dd>Khai thác cát trái phép</dd>
                    <dt>Thôn</dt><dd>Phước Yên</dd>
                    <dt>Nguồn</dt><dd>Điện thoại</dd>
                    <dt>Người báo</dt><dd><Badge tone="violet" icon="lock">Niêm phong</Badge></dd>
                </dl>
            </div>
        </section>
    );
}
