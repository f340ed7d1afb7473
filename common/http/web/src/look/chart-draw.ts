// Draws a chart: lines, or bars of one or two series, as SVG; colours are classes
// (parts.css). The figures themselves stand in the table beside it.
import { number } from '../format';
import type { ChartProps } from './chart';

const HEIGHT = 300;
const LEFT = 52;
const TOP = 12;
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000];

function add(to: Element, name: string, attributes: Record<string, string | number>, text?: string): Element {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);

    for (const [key, value] of Object.entries(attributes))
        made.setAttribute(key, typeof value === 'number' ? String(Math.round(value * 10) / 10) : value);
    if (text !== undefined)
        made.textContent = text;
    to.append(made);
    return made;
}

// Pixels that the longest of the lines takes.
const widthOf = (lines: readonly string[]): number => Math.max(0, ...lines.map((line) => line.length)) * 7.2 + 14;

// In two lines, at the space nearest the middle.
function broken(label: string): string[] {
    const middle = label.length / 2;
    const spaces = [...label].flatMap((letter, i) => letter === ' ' ? [i] : []);
    const at = spaces.sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle))[0];

    return at === undefined ? [label] : [label.slice(0, at), label.slice(at + 1)];
}

interface Room { svg: Element; right: number; bottom: number; x: (i: number) => number; y: (value: number) => number; step: number }

function heights(svg: Element, room: Omit<Room, 'svg' | 'x' | 'y' | 'step'>, most: number): (value: number) => number {
    const top = Math.max(4, Math.ceil(most * 1.1));
    const y = (value: number): number => room.bottom - (value / top) * (room.bottom - TOP);
    const apart = STEPS.find((step) => y(0) - y(step) >= 34) ?? top;

    for (let value = 0; value <= top; value += apart) {
        add(svg, 'line', { x1: LEFT, x2: room.right, y1: y(value), y2: y(value) });
        add(svg, 'text', { x: LEFT - 8, y: y(value) + 4.5, 'text-anchor': 'end' }, number(value));
    }
    return y;
}

function labels(room: Room, lines: readonly string[][]): void {
    const wide = widthOf(lines.flat());
    const every = Math.max(1, Math.ceil(wide / room.step));

    for (let i = 0; i < lines.length; i += every)
        lines[i]!.forEach((line, n) =>
            add(room.svg, 'text', { x: room.x(i), y: room.bottom + 21 + n * 17, 'text-anchor': 'middle' }, line));
}

function bars(room: Room, props: ChartProps): void {
    const one = props.series.length === 1;
    const width = Math.min(one ? 44 : 24, room.step * (one ? 0.66 : 0.38));

    props.series.forEach((series, n) => series.values.forEach((value, i) => {
        if (value !== null && value > 0)
            add(room.svg, 'rect', { class: `s${n}`, x: room.x(i) - width / 2 + (one ? 0 : (n - 0.5) * (width + 1)), y: room.y(value),
                width, height: room.y(0) - room.y(value), rx: 2 });
    }));
}

// null breaks the line: not known is not nothing.
function lines(room: Room, props: ChartProps): void {
    props.series.forEach((series, n) => {
        let path = '';
        let pen = 'M';

        series.values.forEach((value, i) => {
            if (value !== null)
                path += `${pen}${room.x(i).toFixed(1)} ${room.y(value).toFixed(1)}`;
            pen = value === null ? 'M' : 'L';
            if (value !== null && series.values.length <= 31)
                add(room.svg, 'circle', { class: `s${n % 4}`, cx: room.x(i), cy: room.y(value), r: 2.5 });
        });
        add(room.svg, 'path', { class: `s${n % 4}`, d: path });
    });
}

function paint(place: HTMLElement, props: ChartProps): void {
    const [width, height] = [Math.max(220, place.clientWidth), props.height ?? HEIGHT];
    const count = props.labels.length;
    const asBars = props.kind === 'bar' && props.series.length <= 2;
    const two = asBars && widthOf(props.labels) * count > width - 60;
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const frame = { right: width - 12, bottom: height - (two ? 54 : 36) };
    const edge = asBars ? 0.6 : 0.25; // of a step, at both ends
    const step = (frame.right - LEFT) / Math.max(1, count - 1 + 2 * edge);
    const x = (i: number): number => LEFT + (i + edge) * step;

    svg.setAttribute('class', 'plot');
    svg.setAttribute('width', String(width));
    svg.setAttribute('height', String(height));
    const y = heights(svg, frame, Math.max(0, ...props.series.flatMap((one) => one.values.map((value) => value ?? 0))));
    const room: Room = { svg, ...frame, x, y, step };

    labels(room, props.labels.map((label) => two ? broken(label) : [label]));
    (asBars ? bars : lines)(room, props);
    place.replaceChildren(svg);
}

// Draws into `place`; the returned function takes it away again.
export function draw(place: HTMLElement, props: ChartProps): () => void {
    let width = -1;
    const fit = new ResizeObserver(() => {
        if (place.clientWidth === width)
            return;
        width = place.clientWidth;
        paint(place, props);
    });

    fit.observe(place);
    return () => {
        fit.disconnect();
        place.replaceChildren();
    };
}
