// A QR code on the page, always dark on white, also in the dark theme: phones
// want it so. The text stands beside it for who has no camera.
import { useMemo } from 'preact/hooks';
import { qr } from '../qr';

const QUIET = 4; // modules of white around it

// A fingerprint breaks between its pairs, never within one.
export function Pairs({ of }: { of: string }) {
    return <>{of.split(':').map((pair, i) => i === 0 ? pair : <>:<wbr />{pair}</>)}</>;
}

export function Qr(props: { text: string; label: string; large?: boolean }) {
    const grid = useMemo(() => qr(props.text), [props.text]);

    if (grid === null)
        return null;
    const size = grid.length + 2 * QUIET;
    const path = grid.flatMap((row, y) => row.flatMap((dark, x) =>
        dark ? [`M${x + QUIET} ${y + QUIET}h1v1h-1z`] : [])).join('');

    return (
        <svg class={`qr${props.large ? ' large' : ''}`} viewBox={`0 0 ${size} ${size}`} role="img"
            aria-label={props.label} shape-rendering="crispEdges">
            <path class="qr-light" d={`M0 0h${size}v${size}h-${size}z`} />
            <path d={path} />
        </svg>
    );
}
