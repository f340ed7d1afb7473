// States, severities, clocks.
import { useMemo } from 'preact/hooks';
import { serverNow } from '../api';
import { Ago, Badge, Clock, ClockDone, Icon, Ring, Severity, State, Urgent } from '../look';

const STATES = ['moi', 'da_tiep_nhan', 'phan_loai', 'xac_minh', 'dang_xu_ly', 'cho_bo_sung',
    'da_chuyen', 'da_xu_ly', 'dong'];

export function Marks() {
    const from = useMemo(serverNow, []);
    const at = (minutes: number): string => new Date(from + minutes * 60000 + 5000).toISOString();

    return (
        <section class="stack" aria-labelledby="style-marks">
            <h2 id="style-marks">Marks</h2>
            <div class="card stack">
                <div class="row">{STATES.map((state) => <State key={state} state={state} />)}</div>
                <div class="row">
                    <Urgent />
                    {['extreme', 'severe', 'moderate', 'minor'].map((one) => <Severity key={one} severity={one} />)}
                </div>
                <div class="row">
                    <Badge>Trung tính</Badge>
                    <Badge tone="good" icon="linked">Đã nối</Badge>
                    <Badge tone="warn" icon="unlinked">Mất kết nối từ 14:05</Badge>
                    <Badge tone="accent" icon="send">Đã chuyển huyện</Badge>
                    <Badge tone="violet" icon="lock">Niêm phong</Badge>
                    <Badge tone="danger" icon="quarantine">Cách ly</Badge>
                </div>
                <div class="row">
                    <Clock due={{ what: 'acknowledge', at: at(130) }} />
                    <Clock due={{ what: 'report', at: at(11) }} />
                    <Clock due={{ what: 'acknowledge', at: at(-36) }} />
                    <Clock due={{ what: 'resolve', at: at(600), paused: true }} />
                    <ClockDone met at={at(-60)} />
                    <ClockDone met={false} at={at(-60)} />
                    <span class="soft"><Ago at={at(-26)} /></span>
                </div>
                <div class="row"><Ring /></div>
                <div class="row"><Icon name="shield" /><Icon name="horn" /><Icon name="book" /><Icon name="users" />
                    <Icon name="server" /><Icon name="tiles" /><Icon name="chart" /><Icon name="pin" />
                    <Icon name="key" /><Icon name="eye" /><Icon name="phone" /><Icon name="pen" />
                    <Icon name="house" /><Icon name="paper" /><Icon name="quarantine" /><Icon name="list" /></div>
            </div>
        </section>
    );
}
