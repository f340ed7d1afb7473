// Units as tiles coloured by one figure: the number is written, the colour
// repeats it, and each says how old it is. A unit without figures shows none:
// silence is not zero.
import type { ComponentChildren } from 'preact';
import { number } from '../format';
import { t } from '../i18n';
import { Icon } from './icon';

export interface Tile {
    key: string;
    name: string;
    value: number | null;
    sub?: ComponentChildren;
    age: string | null; // in words: "14:05", "3 giờ trước"; null = never
    old?: boolean;
    href?: string;
}

// Five steps by the largest; a zero is always the palest.
export function step(value: number | null, top: number): number {
    if (value === null || value <= 0 || top <= 0)
        return 0;
    return Math.min(4, Math.max(1, Math.ceil((value / top) * 4)));
}

export function TileGrid(props: {
    label: string;
    tiles: readonly Tile[];
    chosen?: string;
    onChoose?: (key: string) => void;
    scale?: boolean;
}) {
    const top = Math.max(0, ...props.tiles.map((tile) => tile.value ?? 0));
    const inside = (tile: Tile) => (
        <>
            <span class="tile-name">{tile.name}</span>
            <span class="tile-value">{number(tile.value)}</span>
            {tile.sub && <span class="tile-sub">{tile.sub}</span>}
            <span class="tile-age">
                <Icon name={tile.old || tile.age === null ? 'unlinked' : 'clock'} />
                {tile.age === null ? t('tile.never')
                    : `${tile.old ? `${t('tile.old')}: ` : ''}${tile.old ? tile.age : t('tile.age', { when: tile.age })}`}
            </span>
        </>
    );
    const one = (tile: Tile) => {
        const classes = `tile step-${step(tile.value, top)}${tile.old || tile.age === null ? ' old' : ''}`;

        if (tile.href !== undefined)
            return <a class={classes} href={tile.href}>{inside(tile)}</a>;
        if (props.onChoose !== undefined)
            return (
                <button type="button" class={classes} aria-pressed={tile.key === props.chosen}
                    onClick={() => props.onChoose?.(tile.key)}>{inside(tile)}</button>
            );
        return <div class={classes}>{inside(tile)}</div>;
    };

    return (
        <div class="stack tight">
            <div class="tiles" role="list" aria-label={props.label}>
                {props.tiles.map((tile) => <div role="listitem" class="tile-cell" key={tile.key}>{one(tile)}</div>)}
            </div>
            {props.scale !== false && (
                <div class="scale">
                    <span class="steps" aria-hidden="true"><i /><i /><i /><i /><i /></span>
                    {t('tile.scale')}
                </div>
            )}
        </div>
    );
}

// One figure with what it is compared to.
export function Figure(props: {
    label: string;
    value: number | string | null;
    tone?: 'danger' | 'warn';
    change?: ComponentChildren;
}) {
    return (
        <div class={`figure ${props.tone ?? ''}`}>
            <span class="label">{props.label}</span>
            <span class={`value ${props.tone ?? ''}`}>
                {typeof props.value === 'string' ? props.value : number(props.value)}
            </span>
            {props.change && <span class="change">{props.change}</span>}
        </div>
    );
}

export function Figures({ children }: { children: ComponentChildren }) {
    return <div class="figures">{children}</div>;
}
