// show.mjs PROGRAM [PORT] - serves the built pages with made-up answers, for who
// writes them. `--door` begins signed out (any name, password "mat khau dung").
import { BUILD } from './lib.mjs';
import { join } from 'node:path';
import { serve } from './serve.mjs';

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const program = words[0] === 'hub' ? 'hub' : 'node';
const { default: answers } = await import(`./answers/${program}.mjs`);
const site = await serve({ program, folder: join(BUILD, program, `${program}_pages`), answers,
    port: Number(words[1] ?? 0), ...(process.argv.includes('--door') ? { who: null } : {}) });

console.log(site.url);
