// What was changed, word by word: gone words struck out, new ones marked. Told
// apart by line as well as by colour, and in words for who cannot see either.
import { t } from './i18n';
import { span, type Version } from './data';

type Piece = [kind: '=' | '-' | '+', text: string];
const WORDS_MOST = 700; // of each side: beyond, the whole is shown twice

function pieces(before: string, after: string): Piece[] {
    const a = before.split(/(\s+)/).filter(Boolean);
    const b = after.split(/(\s+)/).filter(Boolean);

    if (a.length > WORDS_MOST || b.length > WORDS_MOST)
        return [['-', before], ['+', after]];
    const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));

    for (let i = a.length - 1; i >= 0; i--)
        for (let j = b.length - 1; j >= 0; j--)
            common[i]![j] = a[i] === b[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    const out: Piece[] = [];
    const put = (kind: Piece[0], text: string): void => {
        const last = out[out.length - 1];

        if (last?.[0] === kind)
            last[1] += text;
        else
            out.push([kind, text]);
    };

    for (let i = 0, j = 0; i < a.length || j < b.length;)
        if (i < a.length && j < b.length && a[i] === b[j])
            [i, j] = [i + 1, (put('=', a[i]!), j + 1)];
        else if (j >= b.length || (i < a.length && common[i + 1]![j]! >= common[i]![j + 1]!))
            put('-', a[i++]!);
        else
            put('+', b[j++]!);
    return out;
}

function Changed({ before, after }: { before: string; after: string }) {
    return <>{pieces(before, after).map(([kind, text], i) => kind === '=' ? text
        : kind === '-' ? <del key={i}>{text}</del> : <ins key={i}>{text}</ins>)}</>;
}

export function Changes({ before, after }: { before: Version; after: Version }) {
    const fields: [label: string, before: string, after: string][] = [
        [t('write.head'), before.title ?? '', after.title ?? ''],
        [t('write.text'), before.text ?? '', after.text ?? ''],
        [t('write.areas'), (before.areas ?? []).join(', '), (after.areas ?? []).join(', ')],
        [t('notice.span'), span(before), span(after)],
        [t('write.speaker'), before.speaker ?? '', after.speaker ?? ''],
    ];
    const changed = fields.filter(([, a, b]) => a !== b);

    if (changed.length === 0)
        return <p class="quiet">{t('notice.history.same')}</p>;
    return (
        <dl class="facts changes">
            {changed.map(([label, a, b]) => [<dt key={label}>{label}</dt>,
                <dd key={`${label}.`} class="prewrap" lang="vi"><Changed before={a} after={b} /></dd>])}
        </dl>
    );
}
