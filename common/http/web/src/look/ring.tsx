// The bell: two tones, again and again, until nothing rings any more. A browser
// makes no sound before somebody has pressed something on the page, so there is
// a button that says so.
import { computed, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from '../i18n';
import { Button } from './button';
import { Icon } from './icon';

const EVERY_MS = 3500;
const QUIET_MS = 5 * 60000;
const possible = 'AudioContext' in window;
let audio: AudioContext | null = null;
let timer = 0;

const armed = signal(false);
const quietUntil = signal(0);
const wanted = signal<ReadonlySet<string>>(new Set());

export const ringing = computed(() => wanted.value.size > 0);

function tone(at: number, pitch: number): void {
    if (audio === null)
        return;
    const voice = audio.createOscillator();
    const level = audio.createGain();

    voice.type = 'triangle';
    voice.frequency.value = pitch;
    level.gain.setValueAtTime(0.0001, at);
    level.gain.exponentialRampToValueAtTime(0.5, at + 0.02);
    level.gain.exponentialRampToValueAtTime(0.0001, at + 0.42);
    voice.connect(level).connect(audio.destination);
    voice.start(at);
    voice.stop(at + 0.45);
}

function strike(): void {
    if (audio === null || audio.state !== 'running' || Date.now() < quietUntil.value)
        return;
    for (const [after, pitch] of [[0, 880], [0.28, 660], [0.7, 880], [0.98, 660]] as const)
        tone(audio.currentTime + after, pitch);
}

async function arm(): Promise<void> {
    audio ??= new AudioContext();
    await audio.resume();
    armed.value = audio.state === 'running';
    if (armed.value && !ringing.value)
        tone(audio.currentTime, 660); // so that it is heard to work
}

// The first press anywhere arms it too, of a key as well.
function firstPress(event: Event): void {
    if (event instanceof KeyboardEvent && (event.key === 'Escape' || event.metaKey || event.ctrlKey || event.altKey))
        return; // to the browser that was no press
    for (const press of PRESSES)
        removeEventListener(press, firstPress);
    audio ??= new AudioContext();
    void audio.resume().then(() => {
        armed.value = audio?.state === 'running';
        if (ringing.value)
            strike();
    });
}
const PRESSES = ['pointerdown', 'keydown'];

if (possible)
    for (const press of PRESSES)
        addEventListener(press, firstPress);

wanted.subscribe((names) => {
    if (names.size > 0 && timer === 0) {
        strike();
        timer = window.setInterval(strike, EVERY_MS);
    } else if (names.size === 0) {
        clearInterval(timer);
        timer = 0;
        quietUntil.value = 0;
    }
});

// While `on`, the bell rings for `name`; several names are one ringing.
export function useRing(name: string, on: boolean): void {
    useEffect(() => {
        if (!on)
            return undefined;
        wanted.value = new Set(wanted.value).add(name);
        return () => {
            const rest = new Set(wanted.value);

            rest.delete(name);
            wanted.value = rest;
        };
    }, [name, on]);
}

export function Ring() {
    if (!possible)
        return <span class="quiet">{t('ring.none')}</span>;
    if (!armed.value)
        return (
            <span class="ring">
                <Button small icon="bellOff" onClick={arm}>{t('ring.arm')}</Button>
                <small class="quiet">{t('ring.why')}</small>
            </span>
        );
    if (ringing.value)
        return (
            <span class="ring ringing" role="status">
                <Icon name="bell" />{t('ring.ringing')}
                <Button small onClick={() => {
                    quietUntil.value = Date.now() + QUIET_MS;
                }}>{t('ring.quiet')}</Button>
            </span>
        );
    return <span class="ring quiet"><Icon name="bell" />{t('ring.armed')}</span>;
}
