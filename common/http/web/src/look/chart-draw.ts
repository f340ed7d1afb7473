// Draws a chart (uPlot). Loaded on its own; colours come from the tokens.
import uPlot from 'uplot';
import { number } from '../format';
import type { ChartProps } from './chart';

const HEIGHT = 300;
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3]];

function token(name: string): string {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// One series in the middle of its place; two side by side. (More are lines.)
function barsOf(i: number, count: number): uPlot.Series.PathBuilder {
    return count === 1 ? uPlot.paths.bars!({ size: [0.66, 44], radius: 0.12 })
        : uPlot.paths.bars!({ size: [0.38, 24], radius: 0.12, align: i === 0 ? -1 : 1, gap: 1 });
}

// Pixels that the longest of the labels takes.
function width(labels: readonly string[]): number {
    return Math.max(...labels.flatMap((label) => label.split('\n')).map((line) => line.length)) * 7.2 + 14;
}

// In two lines, at the space nearest the middle.
function broken(label: string): string {
    const middle = label.length / 2;
    const spaces = [...label].flatMap((letter, i) => letter === ' ' ? [i] : []);
    const at = spaces.sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle))[0];

    return at === undefined ? label : `${label.slice(0, at)}\n${label.slice(at + 1)}`;
}

function options(place: HTMLElement, props: ChartProps): uPlot.Options {
    const ink = token('--ink-3');
    const grid = { stroke: token('--rule'), width: 1 };
    const font = `13px ${token('--face')}`;
    const bars = props.kind === 'bar' && props.series.length <= 2;
    const two = bars && width(props.labels) * props.labels.length > place.clientWidth - 60;
    const lines = props.labels.map((label) => two ? broken(label) : label);
    const wide = width(lines);

    return {
        width: Math.max(220, place.clientWidth),
        height: props.height ?? HEIGHT,
        padding: [12, 12, 0, 0],
        legend: { show: false },
        cursor: { show: !bars, x: true, y: false, points: { size: 7 }, drag: { x: false, y: false } },
        scales: {
            x: { time: false, range: (_u, min, max) => bars ? [min - 0.6, max + 0.6] : [min - 0.25, max + 0.25] },
            y: { range: (_u, _min, max) => [0, Math.max(4, Math.ceil((max ?? 0) * 1.1))] },
        },
        axes: [{
            stroke: ink, font, grid: { show: false }, ticks: { show: false }, gap: 6,
            space: wide,
            splits: (_u, _axis, min, max) => {
                const room = Math.max(1, Math.floor(place.clientWidth / wide));
                const every = Math.max(1, Math.ceil(props.labels.length / room));
                const from = Math.max(0, Math.ceil(min));
                const to = Math.min(props.labels.length - 1, Math.floor(max));

                return Array.from({ length: Math.floor((to - from) / every) + 1 },
                    (_, i) => from + i * every);
            },
            values: (_u, splits) => splits.map((at) => lines[at] ?? ''),
            size: two ? 54 : 36,
        }, {
            stroke: ink, font, grid, ticks: { show: false }, size: 52, gap: 6,
            incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000],
            values: (_u, splits) => splits.map((at) => number(at)),
        }],
        series: [{}, ...props.series.map((one, i): uPlot.Series => {
            const colour = token(`--line-${(i % 4) + 1}`);

            return {
                label: one.label, stroke: colour, width: bars ? 0 : 2.25,
                dash: DASHES[i % 4] ?? [], spanGaps: false,
                points: { show: !bars && props.labels.length <= 31, size: 5, fill: colour },
                ...(bars ? { fill: colour, paths: barsOf(i, props.series.length) } : {}),
            };
        })],
    };
}

// Draws into `place`; the returned function takes it away again.
export function draw(place: HTMLElement, props: ChartProps): () => void {
    const data = [props.labels.map((_, i) => i),
        ...props.series.map((one) => [...one.values])] as uPlot.AlignedData;
    const plot = new uPlot(options(place, props), data, place);
    const fit = new ResizeObserver(() => {
        plot.setSize({ width: Math.max(220, place.clientWidth), height: props.height ?? HEIGHT });
    });

    fit.observe(place);
    return () => {
        fit.disconnect();
        plot.destroy();
    };
}
