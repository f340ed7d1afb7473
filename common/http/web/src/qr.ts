// QR codes (ISO/IEC 18004): bytes, level M, as small as the text allows. For the
// secret of a second factor and for an invitation, which must not be shown to
// anybody's server to be drawn.

const TOTAL = [0, 26, 44, 70, 100, 134, 172, 196, 242, 292, 346, 404, 466, 532, 581, 655, 733, 815,
    901, 991, 1085, 1156, 1258, 1364, 1474, 1588, 1706, 1828, 1921, 2051, 2185, 2323, 2465, 2611,
    2761, 2876, 3034, 3196, 3362, 3532, 3706];
const ECC_M = [0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26,
    26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28];
const BLOCKS_M = [0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18,
    20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49];

function multiply(a: number, b: number): number {
    let product = 0;

    for (let i = 7; i >= 0; i--) {
        product = (product << 1) ^ ((product >>> 7) * 0x11d);
        product ^= ((b >>> i) & 1) * a;
    }
    return product;
}

function generator(degree: number): number[] {
    const out = new Array<number>(degree).fill(0);
    let root = 1;

    out[degree - 1] = 1;
    for (let i = 0; i < degree; i++) {
        for (let j = 0; j < degree; j++)
            out[j] = multiply(out[j]!, root) ^ (out[j + 1] ?? 0);
        root = multiply(root, 2);
    }
    return out;
}

function remainder(data: readonly number[], by: readonly number[]): number[] {
    const out = new Array<number>(by.length).fill(0);

    for (const byte of data) {
        const factor = byte ^ out.shift()!;

        out.push(0);
        by.forEach((part, i) => {
            out[i] = out[i]! ^ multiply(part, factor);
        });
    }
    return out;
}

const dataBytes = (version: number): number =>
    TOTAL[version]! - ECC_M[version]! * BLOCKS_M[version]!;

// Mode, length, bytes, padding.
function codewords(bytes: Uint8Array, version: number): number[] {
    const bits: number[] = [];
    const put = (value: number, length: number): void => {
        for (let i = length - 1; i >= 0; i--)
            bits.push((value >>> i) & 1);
    };
    const room = dataBytes(version) * 8;

    put(4, 4);
    put(bytes.length, version < 10 ? 8 : 16);
    bytes.forEach((byte) => put(byte, 8));
    put(0, Math.min(4, room - bits.length));
    put(0, (8 - (bits.length % 8)) % 8);
    for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11)
        put(pad, 8);
    return Array.from({ length: room / 8 }, (_, i) =>
        bits.slice(i * 8, i * 8 + 8).reduce((sum, bit) => sum * 2 + bit, 0));
}

// In blocks, each with its error correction, interleaved.
function interleaved(data: readonly number[], version: number): number[] {
    const count = BLOCKS_M[version]!;
    const ecc = ECC_M[version]!;
    const total = TOTAL[version]!;
    const short = Math.floor(total / count) - ecc;
    const shorts = count - (total % count);
    const by = generator(ecc);
    const blocks = Array.from({ length: count }, (_, i) => {
        const from = i * short + Math.max(0, i - shorts);

        return data.slice(from, from + short + (i < shorts ? 0 : 1));
    });
    const checks = blocks.map((block) => remainder(block, by));
    const out: number[] = [];

    for (let i = 0; i <= short; i++)
        for (const block of blocks)
            if (i < block.length)
                out.push(block[i]!);
    for (let i = 0; i < ecc; i++)
        for (const check of checks)
            out.push(check[i]!);
    return out;
}

class Grid {
    readonly size: number;
    readonly dark: boolean[][];
    private readonly fixed: boolean[][];

    constructor(private readonly version: number) {
        this.size = version * 4 + 17;
        this.dark = Array.from({ length: this.size }, () => new Array<boolean>(this.size).fill(false));
        this.fixed = Array.from({ length: this.size }, () => new Array<boolean>(this.size).fill(false));
        this.patterns();
    }

    private set(x: number, y: number, dark: boolean): void {
        this.dark[y]![x] = dark;
        this.fixed[y]![x] = true;
    }

    private square(cx: number, cy: number, reach: number, ring: (far: number) => boolean): void {
        for (let dy = -reach; dy <= reach; dy++)
            for (let dx = -reach; dx <= reach; dx++) {
                const [x, y] = [cx + dx, cy + dy];

                if (x >= 0 && y >= 0 && x < this.size && y < this.size)
                    this.set(x, y, ring(Math.max(Math.abs(dx), Math.abs(dy))));
            }
    }

    private alignments(): number[] {
        if (this.version === 1)
            return [];
        const count = Math.floor(this.version / 7) + 2;
        const step = this.version === 32 ? 26
            : Math.ceil((this.version * 4 + 4) / (count * 2 - 2)) * 2;
        const out = [6];

        for (let at = this.size - 7; out.length < count; at -= step)
            out.splice(1, 0, at);
        return out;
    }

    private patterns(): void {
        const end = this.size - 1;
        const at = this.alignments();

        for (let i = 0; i < this.size; i++) {
            this.set(6, i, i % 2 === 0);
            this.set(i, 6, i % 2 === 0);
        }
        for (const [x, y] of [[3, 3], [end - 3, 3], [3, end - 3]] as const)
            this.square(x, y, 4, (far) => far !== 2 && far !== 4);
        at.forEach((x, i) => at.forEach((y, j) => {
            const corner = (i === 0 && j === 0) || (i === 0 && j === at.length - 1) ||
                (i === at.length - 1 && j === 0);

            if (!corner)
                this.square(x, y, 2, (far) => far !== 1);
        }));
        this.format(0); // takes its place
        if (this.version >= 7)
            this.versionBits();
    }

    format(mask: number): void {
        const data = mask; // level M is 00
        let rest = data;

        for (let i = 0; i < 10; i++)
            rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
        const bits = ((data << 10) | rest) ^ 0x5412;
        const bit = (i: number): boolean => ((bits >>> i) & 1) !== 0;

        for (let i = 0; i <= 5; i++)
            this.set(8, i, bit(i));
        this.set(8, 7, bit(6));
        this.set(8, 8, bit(7));
        this.set(7, 8, bit(8));
        for (let i = 9; i < 15; i++)
            this.set(14 - i, 8, bit(i));
        for (let i = 0; i < 8; i++)
            this.set(this.size - 1 - i, 8, bit(i));
        for (let i = 8; i < 15; i++)
            this.set(8, this.size - 15 + i, bit(i));
        this.set(8, this.size - 8, true);
    }

    private versionBits(): void {
        let rest = this.version;

        for (let i = 0; i < 12; i++)
            rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
        const bits = (this.version << 12) | rest;

        for (let i = 0; i < 18; i++) {
            const [a, b] = [this.size - 11 + (i % 3), Math.floor(i / 3)];

            this.set(a, b, ((bits >>> i) & 1) !== 0);
            this.set(b, a, ((bits >>> i) & 1) !== 0);
        }
    }

    // Up and down in pairs of columns, from the right.
    fill(data: readonly number[]): void {
        let i = 0;

        for (let right = this.size - 1; right >= 1; right -= 2) {
            if (right === 6)
                right = 5;
            for (let step = 0; step < this.size; step++)
                for (let j = 0; j < 2; j++) {
                    const x = right - j;
                    const y = ((right + 1) & 2) === 0 ? this.size - 1 - step : step;

                    if (!this.fixed[y]![x] && i < data.length * 8) {
                        this.dark[y]![x] = ((data[i >>> 3]! >>> (7 - (i & 7))) & 1) !== 0;
                        i++;
                    }
                }
        }
    }

    mask(kind: number): void {
        const rules: ((x: number, y: number) => boolean)[] = [
            (x, y) => (x + y) % 2 === 0, (_x, y) => y % 2 === 0, (x) => x % 3 === 0,
            (x, y) => (x + y) % 3 === 0,
            (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
            (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
            (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
            (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
        ];

        for (let y = 0; y < this.size; y++)
            for (let x = 0; x < this.size; x++)
                if (!this.fixed[y]![x] && rules[kind]!(x, y))
                    this.dark[y]![x] = !this.dark[y]![x];
    }

    // How hard it is to read: long runs, blocks, false finders, imbalance.
    penalty(): number {
        const lines = [...this.dark, ...this.dark.map((_, x) => this.dark.map((row) => row[x]!))];
        let sum = 0;

        for (const line of lines) {
            const text = line.map((dark) => (dark ? '1' : '0')).join('');

            for (const run of text.match(/0{5,}|1{5,}/g) ?? [])
                sum += run.length - 2;
            for (let at = 0; at + 11 <= text.length; at++)
                if (/^(10111010000|00001011101)/.test(text.slice(at, at + 11)))
                    sum += 40;
        }
        for (let y = 0; y + 1 < this.size; y++)
            for (let x = 0; x + 1 < this.size; x++) {
                const dark = this.dark[y]![x];

                if (dark === this.dark[y]![x + 1] && dark === this.dark[y + 1]![x] &&
                    dark === this.dark[y + 1]![x + 1])
                    sum += 3;
            }
        const share = this.dark.flat().filter(Boolean).length / (this.size * this.size);

        return sum + Math.floor(Math.abs(share * 20 - 10)) * 10;
    }
}

// Rows of dark and light; null when the text is too long (over 2331 bytes).
export function qr(text: string): boolean[][] | null {
    const bytes = new TextEncoder().encode(text);
    let version = 1;

    while (version <= 40 && bytes.length + (version < 10 ? 2 : 3) > dataBytes(version))
        version++;
    if (version > 40)
        return null;
    const data = interleaved(codewords(bytes, version), version);
    const grid = new Grid(version);
    let best = 0;
    let least = Infinity;

    grid.fill(data);
    for (let kind = 0; kind < 8; kind++) {
        grid.format(kind);
        grid.mask(kind);
        const hard = grid.penalty();

        if (hard < least)
            [best, least] = [kind, hard];
        grid.mask(kind); // and off again
    }
    grid.format(best);
    grid.mask(best);
    return grid.dark;
}
