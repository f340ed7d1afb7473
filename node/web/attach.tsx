// Photos and files that go with a report: picked, dropped or pasted, sent up
// while the rest is typed, taken out again before it is handed in.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, command } from 'lienxa/api';
import { useDraft, type Draft } from 'lienxa/drafts';
import { isPicture } from 'lienxa/files';
import { bytes, percent } from 'lienxa/format';
import { Badge, Box, Button, ErrorBox, Form, FormEnd, Icon, errorText, say } from 'lienxa/look';
import { FILES_MOST, FILE_MOST, useUploads, type Picked, type Uploads, type Way } from 'lienxa/uploads';
import { t } from './i18n';

const ACCEPT = 'image/jpeg,image/png,image/webp,application/pdf,video/mp4,video/webm,audio/mpeg,audio/ogg,audio/wav,.jpg,.jpeg,.png,.webp,.pdf,.mp4,.webm,.mp3,.ogg,.wav';

// The refusal of the program that looked at it, in our words.
function whyNot(error: unknown): string {
    const said = error instanceof ApiError ? error.details : '';

    if (/not a kind of file|moves is not taken/.test(said))
        return t('attach.kind');
    if (/decoded|damaged|cannot be made anew/.test(said))
        return t('attach.damaged');
    if (/million pixels|too large|larger than/.test(said))
        return t('attach.large', { mb: FILE_MOST >> 20 });
    if (/since you logged in/.test(said))
        return t('attach.much');
    return errorText(error);
}

function State({ one, way }: { one: Picked; way: Way | undefined }) {
    const state = one.file !== undefined ? 'ready' : way?.state ?? 'waiting';

    if (state === 'ready')
        return <Badge tone="good" icon="check">{t('attach.ready')}</Badge>;
    if (state === 'failed' || state === 'gone')
        return <span class="wrong"><Icon name="danger" />{state === 'gone' ? t('attach.gone') : whyNot(way?.error)}</span>;
    if (state === 'waiting' && way?.error !== undefined)
        return <span class="quiet row"><Icon name="clock" />{t('attach.away')}</span>;
    return <span class="quiet num">{t(state === 'looking' ? 'attach.looking' : state === 'sending' ? 'attach.sending' : 'attach.next',
        { percent: percent(way?.done ?? 0, one.size) })}</span>;
}

function Row({ one, uploads }: { one: Picked; uploads: Uploads }) {
    const way = uploads.ways.get(one.id);
    const going = one.file === undefined && (way === undefined || ['waiting', 'sending', 'looking'].includes(way.state));

    return (
        <li class="attach-row">
            <Icon name={isPicture(one.type) ? 'eye' : 'paper'} />
            <span class="attach-name"><span class="break">{one.name}</span> <span class="quiet num">{bytes(one.size)}</span></span>
            <span class="attach-state"><State one={one} way={way} /></span>
            <span class="row">
                {way?.state === 'failed' && one.file === undefined && (
                    <Button small icon="refresh" label={t('attach.retry', { name: one.name })} onClick={() => uploads.retry(one.id)} />
                )}
                <Button small kind="plain" icon="close" label={t('attach.remove', { name: one.name })} onClick={() => {
                    uploads.remove(one.id);
                    document.getElementById('attach-pick')?.querySelector('button')?.focus();
                }} />
            </span>
            {going && <progress class="attach-bar" max={one.size} value={way?.done ?? 0} aria-label={t('attach.progress', { name: one.name })} />}
        </li>
    );
}

// What does not fit is told and left out.
function useAdd(files: readonly Picked[], uploads: Uploads, most: number) {
    const [told, setTold] = useState<string | null>(null);
    const add = (list: readonly File[]): void => {
        const good = list.filter((file) => file.size > 0 && file.size <= FILE_MOST);
        const room = Math.max(0, most - files.length);

        setTold(good.length > room ? t('attach.many', { n: most })
            : good.length < list.length ? t('attach.large', { mb: FILE_MOST >> 20 }) : null);
        void uploads.add(good.slice(0, room));
    };

    return { told, add };
}

export function Attach({ files, uploads, most = FILES_MOST }: { files: readonly Picked[]; uploads: Uploads; most?: number }) {
    const input = useRef<HTMLInputElement>(null);
    const { told, add } = useAdd(files, uploads, most);
    const latest = useRef(add);

    latest.current = add;
    useEffect(() => {
        const paste = (event: ClipboardEvent): void => {
            const list = [...(event.clipboardData?.files ?? [])];

            if (list.length > 0) {
                event.preventDefault();
                latest.current(list);
            }
        };

        document.addEventListener('paste', paste);
        return () => document.removeEventListener('paste', paste);
    }, []);
    return (
        <fieldset class="field attach" onDragOver={(event) => event.preventDefault()} onDrop={(event) => {
            event.preventDefault();
            add([...(event.dataTransfer?.files ?? [])]);
        }}>
            <legend>{t('attach.title')} <span class="mark">({t('field.optional')})</span></legend>
            <span class="hint">{t('attach.hint', { mb: FILE_MOST >> 20, n: most })}</span>
            <input ref={input} type="file" multiple hidden accept={ACCEPT} aria-label={t('attach.pick')} onChange={(event) => {
                add([...(event.currentTarget.files ?? [])]);
                event.currentTarget.value = '';
            }} />
            {files.length > 0 && <ul class="attach-list">{files.map((one) => <Row key={one.id} one={one} uploads={uploads} />)}</ul>}
            {told !== null && <span class="wrong" role="alert"><Icon name="danger" />{told}</span>}
            <p id="attach-pick"><Button icon="plus" onClick={() => input.current?.click()}>{t('attach.pick')}</Button></p>
        </fieldset>
    );
}

// What a command says of them.
export const readyFiles = (files: readonly Picked[]): unknown[] => files.map((one) => one.file);

// It was not taken. That id has its answer: what is mended is another try; files
// that nobody came for in time are sent once more.
export async function refused<T>(error: unknown, draft: Draft<T>, uploads: Uploads): Promise<void> {
    const code = error instanceof ApiError ? error.code : '';

    if (['invalid', 'refused', 'disk', 'missing'].includes(code))
        draft.renew();
    if (code === 'missing')
        await uploads.again();
}

interface Kept {
    files: Picked[];
}

// To a report that is here already.
export function AttachMore({ report, most, onClose, onDone }: { report: string; most: number; onClose: () => void; onDone: () => void }) {
    const draft = useDraft<Kept>(`attach.${report}`, { files: [] });
    const uploads = useUploads(() => draft.value.value.files, (files) => draft.set({ files }));
    const [failed, setFailed] = useState<unknown>(null);
    const [wrong, setWrong] = useState(false);
    const [busy, setBusy] = useState(false);
    const files = draft.value.value.files;
    const save = async (): Promise<void> => {
        setFailed(null);
        setWrong(false);
        if (files.length === 0)
            return setWrong(true);
        setBusy(true);
        try {
            if (!await uploads.settled())
                return setWrong(true);
            await command('report.attach', { report, attachments: readyFiles(draft.value.value.files) }, { id: draft.id });
            uploads.clear();
            draft.drop();
            say(t('attach.done'));
            onClose();
            onDone();
        } catch (error) {
            setFailed(error);
            await refused(error, draft, uploads);
        } finally {
            setBusy(false);
        }
    };

    return (
        <Form onSubmit={() => void save()} label={t('attach.title')}>
            <ErrorBox error={failed} title={t('attach.failed')} />
            {wrong && <Box tone="warn" live><p>{t(files.length === 0 ? 'attach.none' : 'attach.wrong')}</p></Box>}
            <Attach files={files} uploads={uploads} most={most} />
            <FormEnd>
                <Button submit kind="primary" icon="check" busy={busy}>{t('attach.save')}</Button>
                <Button onClick={onClose}>{t('do.cancel')}</Button>
            </FormEnd>
        </Form>
    );
}
