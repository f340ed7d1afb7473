// What a person has typed and not yet handed in. It survives a reload, a closed
// browser and a server that is away; it is this user's on this computer only,
// and goes when it is handed in, thrown away, or the user signs out.
//
// A draft carries the id of the command that will hand it in, so that a second
// try after a lost reply is the same command and takes effect once.
import { useEffect, useMemo } from 'preact/hooks';
import { signal, type Signal } from '@preact/signals';
import { session } from './api';
import { newId } from './id';
import { keep, kept, keptNames } from './keep';

interface Kept<T> {
    at: number;
    id: string;
    value: T;
}

export interface Draft<T> {
    value: Signal<T>;
    id: string; // of the command that hands it in
    found: number | null; // when what was found here had been typed, in ms
    kept: Signal<boolean>; // false: this browser cannot keep it
    set(change: Partial<T>): void;
    renew(): void; // was refused: what is mended is another command
    drop(): void; // handed in or thrown away: begins anew, with a new id
}

const prefix = (): string => `draft.${session.value?.user ?? ''}.`;

function read<T>(name: string): Kept<T> | null {
    try {
        const found = JSON.parse(kept(name) ?? 'null') as Kept<T> | null;

        return found !== null && typeof found.id === 'string' ? found : null;
    } catch {
        return null;
    }
}

let dropped = 0; // how often all of them went

export function openDraft<T extends object>(name: string, empty: T): Draft<T> {
    const key = prefix() + name;
    const before = read<T>(key);
    const since = dropped;
    const draft: Draft<T> = {
        value: signal({ ...empty, ...before?.value }),
        id: before?.id ?? newId(),
        found: before?.at ?? null,
        kept: signal(true),
        set(change) {
            draft.value.value = { ...draft.value.value, ...change };
            // what still ends while somebody signs out brings nothing back
            draft.kept.value = since === dropped && keep(key, JSON.stringify(
                { at: Date.now(), id: draft.id, value: draft.value.value }));
        },
        renew() {
            draft.id = newId();
            draft.set({});
        },
        drop() {
            keep(key, null);
            draft.value.value = empty;
            draft.id = newId();
            draft.found = null;
        },
    };

    return draft;
}

// What is kept under that name, if anything is: to lead back to it.
export function draftOf<T>(name: string): Kept<T> | null {
    return read<T>(prefix() + name);
}

// In a page: the draft of that name, also as another tab of the same user has
// it when it changes there.
export function useDraft<T extends object>(name: string, empty: T): Draft<T> {
    const draft = useMemo(() => openDraft(name, empty), [name]);

    useEffect(() => {
        const key = `lienxa.${prefix()}${name}`;
        const changed = (event: StorageEvent): void => {
            if (event.key !== key)
                return;
            const now = read<T>(prefix() + name);

            draft.value.value = now === null ? empty : { ...empty, ...now.value };
            draft.id = now?.id ?? newId();
        };

        addEventListener('storage', changed);
        return () => removeEventListener('storage', changed);
    }, [name]);
    return draft;
}

export function draftCount(): number {
    return keptNames(prefix()).length;
}

const others: (() => unknown)[] = [];

// What else goes with all drafts.
export function dropping(run: () => unknown): void {
    others.push(run);
}

export function dropDrafts(): void {
    dropped++;
    for (const run of others)
        run();
    for (const name of keptNames(prefix()))
        keep(name, null);
}
