// What this browser remembers: small texts under "lienxa.NAME". A browser
// without storage forgets, and nothing else changes.
export function kept(name: string): string | null {
    try {
        return localStorage.getItem(`lienxa.${name}`);
    } catch {
        return null;
    }
}

// False: it could not be kept (storage full or forbidden).
export function keep(name: string, value: string | null): boolean {
    try {
        if (value === null)
            localStorage.removeItem(`lienxa.${name}`);
        else
            localStorage.setItem(`lienxa.${name}`, value);
        return true;
    } catch {
        return false;
    }
}

export function keptNames(prefix: string): string[] {
    try {
        return Object.keys(localStorage)
            .filter((key) => key.startsWith(`lienxa.${prefix}`))
            .map((key) => key.slice('lienxa.'.length));
    } catch {
        return [];
    }
}
