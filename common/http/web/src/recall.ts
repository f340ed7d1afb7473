// Who was here last, so that a page stands before the server has answered (on a
// slow line that takes seconds) or while it is away. It shows the frame and what
// is typed, never data: those are the server's to give. It holds for as long as
// the session may live without a sign of life, and goes when the person leaves.
import { keep, kept } from './keep';
import type { Outside, Session } from './api';

const IDLE_MS = 30 * 60000; // common/account: an idle session ends
const EACH_MS = 60000;

export interface Last {
    session: Session | null; // null: nobody was signed in
    outside: Outside;
}
interface Kept extends Last {
    at: number; // its last sign of life
}

const NAME = 'last';
let written = 0;

export function recall(): Last | null {
    try {
        const found = JSON.parse(kept(NAME) ?? 'null') as Kept | null;

        if (found === null || typeof found.at !== 'number' || typeof found.outside?.program !== 'string' ||
            found.outside.setup) // it may be set up by now
            return null;
        const age = Date.now() - found.at;
        const lives = found.session !== null && age >= 0 && age < IDLE_MS && Array.isArray(found.session.may) &&
            !found.session.needs_code;

        return { session: lives ? found.session : null, outside: found.outside };
    } catch {
        return null;
    }
}

export function remember(session: Session | null, outside: Outside): void {
    written = Date.now();
    keep(NAME, JSON.stringify({ session, outside, at: written } satisfies Kept));
}

// The server answered this session: it lives on.
export function stillHere(session: Session, outside: Outside): void {
    if (Date.now() - written >= EACH_MS)
        remember(session, outside);
}
