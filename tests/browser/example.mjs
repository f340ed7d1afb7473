// example.mjs - builds example/ and serves it with three reports, a shared start
// for the tests of how the parts behave.
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { site } from './lib.mjs';

const here = dirname(fileURLToPath(import.meta.url));
let folder = null;

function built() {
    if (folder === null) {
        folder = mkdtempSync(join(tmpdir(), 'lienxa-example.'));
        execFileSync(process.execPath, [join(here, '../../common/http/web/build.mjs'),
            join(here, 'example/main.tsx'), folder, 'example_pages'], { stdio: 'inherit' });
        process.on('exit', () => execFileSync('rm', ['-rf', folder]));
    }
    return folder;
}

const at = (minutes) => new Date(Date.now() + minutes * 60000).toISOString();

export async function example(options = {}) {
    const rows = [
        { id: '128', category: 'Khai thác cát trái phép', state: 'moi', urgent: true, due: { what: 'acknowledge', at: at(-9) },
            text: 'Hai ghe máy hút cát sát bờ kè, tiếng máy rất to, đã kéo dài hơn một giờ.' },
        { id: '127', category: 'Đánh bạc, đá gà', state: 'da_tiep_nhan', urgent: false, due: { what: 'report', at: at(200) },
            text: 'Sau vườn nhà văn hóa cũ, chiều thứ bảy nào cũng có.' },
        { id: '125', category: 'Đuối nước, cứu nạn', state: 'xac_minh', urgent: false, due: { what: 'resolve', at: at(4000) },
            text: 'Hai cháu nhỏ bơi ra xa bến, đã được đưa vào bờ.' },
    ];
    const here = await site('node', {
        folder: built(),
        answers: {
            '/api/reports': () => ({ rows, total: rows.length, next: null }),
            '/api/reports/*': (_q, _s, path) => rows.find((row) => path.endsWith(`/${row.id}`)) ??
                { status: 404, code: 'missing', error: 'no such report' },
            'command report.move': (args) => {
                rows.find((row) => row.id === args.id).state = args.to;
                here.changed('reports');
                return { ok: true, out: {} };
            },
            'command report.add': (args) => {
                const id = String(129 + rows.length - 3);

                rows.unshift({ id, category: args.category, state: 'moi', urgent: args.urgent, text: args.text,
                    due: { what: 'acknowledge', at: at(15) } });
                here.changed('reports');
                return { ok: true, out: { id } };
            },
            'command report.erase': () => ({ ok: false, code: 'forbidden', error: 'report.erase: only the leader may' }),
        },
        ...options,
    });

    here.rows = rows;
    return here;
}
