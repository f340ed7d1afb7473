// Our own icons, drawn on 20 by 20, in the colour of the text. They stand
// beside words; alone they need a name (`label`).

const DRAWN = {
    search: 'M9 15a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM13.5 13.5L17 17',
    plus: 'M10 4v12M4 10h12',
    check: 'M4 10.5l4 4L16 6',
    close: 'M5 5l10 10M15 5L5 15',
    down: 'M5 8l5 5 5-5',
    up: 'M5 12l5-5 5 5',
    right: 'M8 5l5 5-5 5',
    left: 'M12 5l-5 5 5 5',
    arrow: 'M4 10h12M11 5l5 5-5 5',
    sort: 'M6.5 8L10 4.5 13.5 8M6.5 12l3.5 3.5 3.5-3.5',
    bell: 'M5 14V9a5 5 0 0 1 10 0v5l1.5 1.5h-13zM8.2 17.5h3.6',
    bellOff: 'M5 14V9c0-.8.2-1.6.6-2.300M8 4.400A5 5 0 0 1 15 9v3M3.5 15.500H14M8.2 17.500h3.600M3 3l14 14',
    warning: 'M10 3l7.5 13.500h-15zM10 8v4M10 14.200v.1',
    danger: 'M7 2.500h6L17.5 7v6L13 17.500H7L2.5 13V7zM10 6.500v4.200M10 13.400v.1',
    info: 'M10 17.500a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM10 9v5M10 6.200v.1',
    done: 'M10 17.500a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM6.5 10.300l2.4 2.4 4.6-5',
    clock: 'M10 17.500a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM10 5.500V10l3 2',
    pause: 'M10 17.500a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM8 7.500v5M12 7.500v5',
    linked: 'M8.5 11.500a3 3 0 0 0 4.3 0l2.9-2.900a3 3 0 1 0-4.3-4.300l-1 1M11.5 8.500a3 3 0 0 0-4.3 0l-2.9 2.900a3 3 0 1 0 4.3 4.300l1-1',
    unlinked: 'M13.5 10.800l2.2-2.200a3 3 0 1 0-4.3-4.300L9.2 6.500M6.5 9.200l-2.2 2.200a3 3 0 1 0 4.3 4.300l2.2-2.200M4 4l12 12',
    menu: 'M3 6h14M3 10h14M3 14h14',
    sun: 'M10 13.500a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10 2v1.500M10 16.500V18M2 10h1.500M16.5 10H18M4.3 4.300l1.1 1.100M14.6 14.600l1.1 1.100M4.3 15.700l1.1-1.100M14.6 5.400l1.1-1.1',
    moon: 'M16.5 12A7 7 0 0 1 8 3.500a7 7 0 1 0 8.5 8.500z',
    screen: 'M2.5 4h15v10h-15zM7.5 17h5M10 14v3',
    user: 'M10 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3.5 17c.6-3 3.2-4.5 6.5-4.500s5.9 1.5 6.5 4.5',
    users: 'M7.5 9.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 16.500c.5-2.8 2.7-4.2 5.5-4.200s5 1.4 5.5 4.200M13 9.300a2.7 2.7 0 1 0-.6-5.200M14.5 12.600c1.9.4 3.2 1.7 3.5 3.9',
    leave: 'M8 3.500H4v13h4M12.5 6.500L16 10l-3.5 3.500M8 10h8',
    print: 'M6 7V3h8v4M6 14H3V7h14v7h-3M6 11.500h8V17H6z',
    copy: 'M7 7h9.500v9.500H7zM13 7V3.500H3.500V13H7',
    phone: 'M4 3.500h3l1.5 4-2 1.500a10 10 0 0 0 4.5 4.500l1.5-2 4 1.500v3a1.5 1.5 0 0 1-1.6 1.500A13.5 13.5 0 0 1 2.5 5.1 1.5 1.5 0 0 1 4 3.500z',
    keyboard: 'M2 5h16v10H2zM5 8h.1M8 8h.1M11 8h.1M14.5 8h.1M5 12h.1M8 12h4M14.5 12h.1',
    lock: 'M4.5 9h11v8h-11zM7 9V6.500a3 3 0 0 1 6 0V9',
    key: 'M7 13.500a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10.5 10h7v3M14.5 10v2',
    eye: 'M2 10s3-5.5 8-5.500S18 10 18 10s-3 5.5-8 5.500S2 10 2 10zM10 12.300a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.600z',
    inbox: 'M2.5 11.500l2.5-8h10l2.5 8v5h-15zM2.5 11.500H7l1 2h4l1-2h4.5',
    list: 'M7 5h10M7 10h10M7 15h10M3 5h.1M3 10h.1M3 15h.1',
    tiles: 'M3 3h6v6H3zM11 3h6v6h-6zM3 11h6v6H3zM11 11h6v6h-6z',
    chart: 'M3 3v14h14M6.5 13.500l3-4 3 2 4-6',
    horn: 'M3 8v4h2.500l1 4.500h2L7.6 12 15 15.500v-11L7 8zM17.5 8.500v3',
    book: 'M10 5.500C8.5 4 6 3.5 2.5 3.500v12c3.5 0 6 .5 7.5 2 1.5-1.5 4-2 7.5-2v-12c-3.5 0-6 .5-7.5 2zM10 5.500v12',
    paper: 'M5 2.500h7l3.5 3.500v11.500H5zM12 2.500V6h3.500M7.5 10h5.500M7.5 13.500h5.5',
    send: 'M17.5 2.500L9 11M17.5 2.500L12 17.5 9 11 2.5 8z',
    shield: 'M10 2.500l6.5 2.300v5c0 4-2.8 6.5-6.5 7.7-3.7-1.2-6.5-3.7-6.5-7.700v-5zM7 10l2.2 2.200L13 8',
    usb: 'M7 7.5V3h6v4.500M8.800 4.800v.1M11.2 4.800v.1M5.5 7.500h9V15a3 3 0 0 1-3 3h-3a3 3 0 0 1-3-3z',
    server: 'M3 3.500h14v5.500H3zM3 11h14v5.500H3zM6 6.200h.1M6 13.700h.1',
    refresh: 'M16.5 8.500A7 7 0 0 0 4 6.500L3 8M3 4v4h4M3.5 11.500a7 7 0 0 0 12.5 2l1-1.500M17 16v-4h-4',
    work: 'M10 2.500a7.5 7.5 0 0 1 7.5 7.5',
    pin: 'M10 18s6-5.4 6-10a6 6 0 0 0-12 0c0 4.6 6 10 6 10zM10 10.200a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.400z',
    house: 'M2.5 9.500L10 3l7.5 6.500M4.5 8v9h11V8M8 17v-5h4v5',
    pen: 'M3.5 16.500l.8-3.500L13.5 3.800l2.7 2.700L7 15.700zM11.5 5.800l2.7 2.7',
    bin: 'M3.5 5.500h13M7.5 5.500v-2h5v2M5 5.500l1 11.500h8l1-11.500M8.5 9v5M11.5 9v5',
    quarantine: 'M10 17.500a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM4.7 4.700l10.6 10.6',
} as const;

export type IconName = keyof typeof DRAWN;

export function Icon(props: { name: IconName; label?: string; spin?: boolean }) {
    return (
        <svg class={props.spin ? 'icon spin' : 'icon'} viewBox="0 0 20 20" fill="none"
            stroke="currentColor" stroke-width="1.6" stroke-linecap="round"
            stroke-linejoin="round" {...(props.label === undefined
                ? { 'aria-hidden': 'true' } : { role: 'img', 'aria-label': props.label })}>
            <path d={DRAWN[props.name]} />
        </svg>
    );
}

// How far a report has come, as a filling circle.
export function StateIcon({ state }: { state: string }) {
    const ring = <circle cx="10" cy="10" r="7.2" fill="none" stroke="currentColor"
        stroke-width="1.8" stroke-dasharray={state === 'moi' ? '2.6 2.42' : undefined} />;
    const slice: Record<string, string> = {
        phan_loai: 'M10 10V5.600A4.4 4.4 0 0 1 14.4 10z',
        xac_minh: 'M10 5.600a4.4 4.4 0 0 1 0 8.800z',
        dang_xu_ly: 'M10 10V5.600A4.4 4.4 0 1 1 5.6 10z',
    };
    const sign: Record<string, string> = {
        cho_bo_sung: 'M8.2 7.300v5.400M11.8 7.300v5.4',
        da_chuyen: 'M6.7 10h6.200M10.6 7.300L13.3 10l-2.7 2.7',
        da_tiep_nhan: 'M10 10v.1',
    };

    if (state === 'da_xu_ly' || state === 'dong')
        return (
            <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
                <circle cx="10" cy="10" r="8" fill="currentColor" />
                <path d={state === 'dong' ? 'M7 7l6 6M13 7l-6 6' : 'M6.3 10.300l2.6 2.6 4.8-5.3'}
                    fill="none" class="knock" stroke-width="1.9" stroke-linecap="round"
                    stroke-linejoin="round" />
            </svg>
        );
    return (
        <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
            {ring}
            {slice[state] && <path d={slice[state]} fill="currentColor" />}
            {sign[state] && <path d={sign[state]} fill="none" stroke="currentColor"
                stroke-width={state === 'da_tiep_nhan' ? '3.6' : '1.7'} stroke-linecap="round"
                stroke-linejoin="round" />}
        </svg>
    );
}

// Two rings that touch: between communes.
export function Mark() {
    return (
        <svg viewBox="0 0 28 28" fill="none" stroke="currentColor" stroke-width="2.3"
            aria-hidden="true">
            <circle cx="9.5" cy="14" r="6.2" />
            <circle cx="18.5" cy="14" r="6.2" />
        </svg>
    );
}
