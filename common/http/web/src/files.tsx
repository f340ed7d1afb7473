// The files of a report: what they show, where they are, how far those are that
// still come, opened or saved. Pictures are cleaned copies.
import { useEffect, useState } from 'preact/hooks';
import { useLive, type Live } from './api';
import { bytes, number } from './format';
import { t } from './i18n';
import { Badge, type Tone } from './look/badge';
import { Icon, type IconName } from './look/icon';

export interface FileRow {
    key: string;
    name: string;
    size: number;
    type: string;
    kept?: boolean; // no picture: it stays at its commune
    original?: boolean; // a sealed one is here
    where: 'here' | 'sent' | 'hub' | 'coming' | 'commune' | 'away' | 'lost';
    pieces: number;
    have: number;
}

const LOOKS: Record<FileRow['where'], { tone: Tone; icon: IconName }> = {
    here: { tone: 'plain', icon: 'house' }, sent: { tone: 'good', icon: 'check' }, hub: { tone: 'warn', icon: 'clock' },
    coming: { tone: 'note', icon: 'clock' }, commune: { tone: 'plain', icon: 'lock' }, away: { tone: 'plain', icon: 'lock' },
    lost: { tone: 'danger', icon: 'danger' },
};
const comes = (row: FileRow): boolean => row.where === 'coming' || row.where === 'hub';

export const isPicture = (type: string): boolean => type.startsWith('image/');

const AGAIN_MS = 3000;

// Of `report`, and again and again while some are on their way.
export function useFiles(report: string | null, topics: readonly string[]): Live<{ rows: FileRow[] }> {
    const live = useLive<{ rows: FileRow[] }>(report === null ? null : `/api/files/${report}`, topics);
    const some = live.data?.rows.some(comes) ?? false;

    useEffect(() => {
        if (!some)
            return undefined;
        const timer = setInterval(() => document.visibilityState === 'visible' && live.reload(), AGAIN_MS);

        return () => clearInterval(timer);
    }, [some, report]);
    return live;
}

function Where({ row }: { row: FileRow }) {
    const look = LOOKS[row.where];

    return (
        <>
            <Badge tone={look.tone} icon={look.icon}>{t(row.kept && row.where === 'here' ? 'files.where.kept' : `files.where.${row.where}`)}</Badge>
            {comes(row) && <span class="sub num">{t('files.pieces', { have: number(row.have), all: number(row.pieces) })}</span>}
            {comes(row) && <progress class="attach-bar" max={row.pieces} value={row.have} aria-label={t('files.coming', { name: row.name })} />}
        </>
    );
}

function One({ report, row, place, onOriginal }: {
    report: string; row: FileRow; place: number; onOriginal: ((row: FileRow) => void) | undefined;
}) {
    const name = row.name || t('files.nameless', { n: place });
    const path = `/api/files/${report}?number=${row.key}`;
    const here = row.where === 'here' || row.where === 'sent';
    const picture = isPicture(row.type);
    const [blind, setBlind] = useState(false);

    return (
        <li class="file">
            {here && picture
                ? <a class="file-small" href={path} target="_blank" rel="noopener" aria-label={t('files.open', { name })}>
                    {blind ? <Icon name="eye" /> : <img src={`${path}&small=1`} alt="" loading="lazy" onError={() => setBlind(true)} />}
                </a>
                : <span class="file-small"><Icon name={picture ? 'eye' : 'paper'} /></span>}
            <span class="file-name"><span class="break">{name}</span> <span class="quiet num">{bytes(row.size)}</span></span>
            <span class="file-where"><Where row={row} /></span>
            {here && (
                <span class="no-print"><a class="button small" href={`${path}&save=1`} download={name}>
                    <Icon name="down" />{t('files.save')}<span class="hidden"> {name}</span></a></span>
            )}
            {row.original && onOriginal && (
                <span class="no-print"><button type="button" class="button small" onClick={() => onOriginal(row)}>
                    <Icon name="key" />{t('files.original')}<span class="hidden"> {name}</span></button></span>
            )}
        </li>
    );
}

export function FileList({ report, rows, onOriginal }: {
    report: string; rows: readonly FileRow[]; onOriginal?: ((row: FileRow) => void) | undefined;
}) {
    return <ul class="files">{rows.map((row, i) => <One key={row.key} report={report} row={row} place={i + 1} onOriginal={onOriginal} />)}</ul>;
}
