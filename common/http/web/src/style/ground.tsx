// Type and colour.
const COLOURS = [
    'paper', 'surface', 'surface-2', 'surface-3', 'ink', 'ink-2', 'ink-3', 'rule', 'edge',
    'accent', 'accent-soft', 'band', 'danger', 'danger-soft', 'warn', 'warn-soft', 'good',
    'good-soft', 'note', 'note-soft', 'violet', 'violet-soft', 'focus',
];

export function Ground() {
    return (
        <section class="stack" aria-labelledby="style-ground">
            <h2 id="style-ground">Ground</h2>
            <div class="card stack">
                <h1>Ghe hút cát trên sông Bồ</h1>
                <h2>Những ghe lạ thường xuất hiện lúc nửa đêm</h2>
                <h3>Người dân ở thôn Phước Yên đã báo ba lần</h3>
                <p class="measure">
                    Ữ Ẫ Ỗ Ặ ễ ộ ợ ự ẳ ẵ – khoảng 23 giờ đêm qua có hai ghe máy hút cát sát bờ kè,
                    tiếng máy rất to. Khi có người rọi đèn thì ghe tắt máy trôi về phía hạ lưu.
                    Xem <a href="/style">cách báo tin</a> hoặc gọi <strong>113</strong>.
                </p>
                <p class="soft">Second ink: what explains. <span class="quiet">Third ink: what is beside the point.</span></p>
                <p><code>0191f3a2-7c5e-7d10-9b1e-3f2a91c05d44</code> · <kbd>?</kbd> <kbd>n</kbd> <kbd>Ctrl</kbd>+<kbd>Enter</kbd></p>
            </div>
            <div class="card">
                <div class="swatches">
                    {COLOURS.map((name) => (
                        <div class="swatch" key={name}>
                            <i style={{ background: `var(--${name})` }} />
                            <code>--{name}</code>
                        </div>
                    ))}
                </div>
            </div>
        </section>
    );
}
