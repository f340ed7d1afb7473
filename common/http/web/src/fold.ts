// Vietnamese as people type it: without accents, and đ as d. The same folding as
// the program's own search (design 9).
export function fold(text: string): string {
    return text.normalize('NFD').replace(/[\u0300-\u036f]/g, '')
        .replace(/[đĐ]/g, 'd').toLowerCase();
}

// Every word of `query` begins a word of `text`.
export function matches(text: string, query: string): boolean {
    const at = ' ' + fold(text).replace(/[^\p{L}\p{N}]+/gu, ' ');

    return fold(query).split(/\s+/).filter(Boolean)
        .every((word) => at.includes(' ' + word));
}

const collator = new Intl.Collator('vi');

export const compareVi = collator.compare;
