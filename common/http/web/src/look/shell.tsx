// The frame of every page: who and where we are, whether the line holds, the
// pages, the content.
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { asking, clockOff, codeWanted, core, giveCode, server, session, signOut } from '../api';
import { draftCount, dropDrafts } from '../drafts';
import { duration, time } from '../format';
import { language, setLanguage, t, type Language, type SharedKey } from '../i18n';
import { renew, renewal } from '../renew';
import { path } from '../router';
import { Button } from './button';
import { now } from './clock';
import { Confirm, Dialog } from './dialog';
import { Field, Form, Input } from './form';
import { Icon, Mark, type IconName } from './icon';
import { KeyboardHelp, showKeys } from './keys';
import { setTheme, themeChoice, type ThemeChoice } from './theme';
import { sayError, Toasts } from './toast';

export interface NavItem {
    href: string;
    icon: IconName;
    label: () => string;
    shown?: () => boolean; // by role; the server judges again
    count?: () => number | null;
    alarming?: boolean; // its count is red
    gap?: boolean; // a line above
}

// What the strip says about the line, while the server itself answers.
export interface LinkState {
    tone: 'good' | 'warn' | 'danger';
    text: ComponentChildren;
    end?: ComponentChildren;
}

const LANGUAGES: { value: Language; short: string; name: string }[] = [
    { value: 'vi', short: 'VI', name: 'Tiếng Việt' },
    { value: 'en', short: 'EN', name: 'English' },
];

export function LanguageSwitch() {
    return (
        <div class="lang" role="group" aria-label={t('language.name')}>
            {LANGUAGES.map((one) => (
                <button type="button" class="band-button" key={one.value} lang={one.value}
                    title={one.name} aria-label={`${one.short} – ${one.name}`}
                    aria-pressed={language.value === one.value}
                    onClick={() => setLanguage(one.value)}>{one.short}</button>
            ))}
        </div>
    );
}

// A button with a small box under it; Escape, and the focus elsewhere, close it.
function Menu(props: { label?: string; face: ComponentChildren; children: (close: () => void) => ComponentChildren }) {
    const [open, setOpen] = useState(false);
    const place = useRef<HTMLDivElement>(null);
    const close = (): void => setOpen(false);

    useEffect(() => {
        if (!open)
            return undefined;
        const outside = (event: Event): void => {
            if (!place.current?.contains(event.target as Node))
                close();
        };

        addEventListener('pointerdown', outside);
        addEventListener('focusin', outside);
        return () => {
            removeEventListener('pointerdown', outside);
            removeEventListener('focusin', outside);
        };
    }, [open]);
    return (
        <div class="menu" ref={place} onKeyDown={(event) => {
            if (event.key === 'Escape' && open) {
                close();
                place.current?.querySelector('button')?.focus();
            }
        }}>
            <button type="button" class="band-button" aria-label={props.label} title={props.label}
                aria-expanded={open} onClick={() => setOpen(!open)}>{props.face}</button>
            {open && <div class="menu-box">{props.children(close)}</div>}
        </div>
    );
}

const THEMES: { value: ThemeChoice; icon: IconName }[] = [
    { value: 'system', icon: 'screen' }, { value: 'light', icon: 'sun' },
    { value: 'dark', icon: 'moon' },
];

export function ThemeSwitch() {
    const icon = THEMES.find((one) => one.value === themeChoice.value)?.icon ?? 'screen';

    return (
        <Menu label={t('theme.name')} face={<Icon name={icon} />}>
            {(close) => (
                <div role="group" aria-label={t('theme.name')}>
                    <div class="menu-title">{t('theme.name')}</div>
                    {THEMES.map((one) => (
                        <button type="button" key={one.value}
                            aria-pressed={themeChoice.value === one.value}
                            onClick={() => {
                                setTheme(one.value);
                                close();
                            }}>
                            <Icon name={one.icon} />{t(`theme.${one.value}`)}
                            {themeChoice.value === one.value &&
                                <span class="tick"><Icon name="check" /></span>}
                        </button>
                    ))}
                </div>
            )}
        </Menu>
    );
}

const leaving = signal(false);

async function leave(): Promise<void> {
    dropDrafts();
    leaving.value = false;
    try {
        await signOut();
    } catch (error) {
        sayError(error);
    }
}

const licences = (): string =>
    document.querySelector<HTMLLinkElement>('link[rel="license"]')?.href ?? '/';

function UserMenu() {
    const who = session.value;

    if (!who || who.needs_code)
        return null;
    return (
        <Menu face={
            <>
                <Icon name="user" />
                <span class="hidden">{t('user.menu')}</span>
                <span class="who">
                    <span>{who.user}</span>
                    <span class="what">{t(`role.${who.role}` as SharedKey)}</span>
                </span>
                <Icon name="down" />
            </>
        }>
            {(close) => (
                <>
                    <button type="button" onClick={() => {
                        close();
                        showKeys();
                    }}><Icon name="keyboard" />{t('keys.title')}</button>
                    <hr />
                    <button type="button" onClick={() => {
                        close();
                        if (draftCount() > 0)
                            leaving.value = true;
                        else
                            void leave();
                    }}><Icon name="leave" />{t('user.signOut')}</button>
                    <hr />
                    <a href={licences()} target="_blank" rel="noopener"><Icon name="paper" />{t('app.licences')}</a>
                    <div class="menu-title">{t('app.version', { version: who.version })}</div>
                </>
            )}
        </Menu>
    );
}

function Renewal() {
    if (!renewal.value)
        return null;
    return (
        <div class="renewal" role="status">
            <Icon name="refresh" />
            <span>{t('app.renewal')}</span>
            <Button small onClick={renew}>{t('app.renew')}</Button>
        </div>
    );
}

export function Band(props: { place?: string; what: string; end?: ComponentChildren }) {
    return (
        <>
            <header class="band">
                <div class="band-in">
                    <a class="brand" href="/">
                        <Mark />
                        <span class="brand-name">Lienxa</span>
                        {props.place && (
                            <span class="brand-place">
                                <span>{props.place}</span>
                                <span class="what">{props.what}</span>
                            </span>
                        )}
                    </a>
                    <div class="band-end">
                        {props.end}
                        <LanguageSwitch />
                        <ThemeSwitch />
                        <UserMenu />
                    </div>
                </div>
            </header>
            <Renewal />
        </>
    );
}

const OFF_MS = 2 * 60000; // a clock that is further off is spoken of

function Strip(props: { link: LinkState }) {
    const down = !server.value ? 'link.server' : !core.value ? 'link.core' : null;
    const { tone, text, end } = down === null && asking.value
        ? { tone: 'warn' as const, text: t('link.asking'), end: undefined }
        : down === null ? props.link
        : { tone: 'danger' as const, text: t(down), end: undefined };
    const off = Math.abs(clockOff.value) > OFF_MS;

    return (
        <div class={`strip ${tone}`} role="status" aria-label={t('link.region')}>
            <span class={`strip-say ${tone}`}>
                <Icon name={tone === 'good' ? 'linked' : tone === 'warn' ? 'unlinked' : 'danger'} />
                <span>{text}</span>
            </span>
            <span class="strip-end">
                {off && <span>{t('link.clock', { span: duration(Math.round(clockOff.value / 60000) * 60000) })}</span>}
                {end}
                <span class="num" aria-live="off">{t('link.now', { time: time(now()) })}</span>
            </span>
        </div>
    );
}

const railOpen = signal(false);

path.subscribe(() => {
    railOpen.value = false;
});

// The page this one belongs to: "/reports" for "/reports/17".
function isHere(href: string): boolean {
    return href === '/' ? path.value === '/'
        : path.value === href || path.value.startsWith(`${href}/`);
}

function Rail({ nav }: { nav: readonly NavItem[] }) {
    return (
        <nav class={`rail${railOpen.value ? ' open' : ''}`} id="rail" aria-label={t('nav.main')}>
            <ul class="rail-in">
                {nav.filter((item) => item.shown?.() ?? true).map((item) => {
                    const count = item.count?.() ?? null;

                    return (
                        <li key={item.href} class={item.gap ? 'gap' : undefined}>
                            <a href={item.href} aria-current={isHere(item.href) ? 'page' : undefined}>
                                <Icon name={item.icon} />
                                <span>{item.label()}</span>
                                {count !== null && count > 0 &&
                                    <span class={`count num${item.alarming ? ' danger' : ''}`}>{count}</span>}
                            </a>
                        </li>
                    );
                })}
            </ul>
        </nav>
    );
}

// A command wants a fresh code.
function FreshCode() {
    const [code, setCode] = useState('');
    const [wrong, setWrong] = useState<string | undefined>();
    const answer = codeWanted.value;

    if (answer === null)
        return null;
    const end = (given: boolean): void => {
        setCode('');
        setWrong(undefined);
        answer(given);
    };
    const give = async (): Promise<void> => {
        try {
            await giveCode(code);
            end(true);
        } catch {
            setWrong(t('code.wrong'));
        }
    };

    return (
        <Dialog title={t('code.title')} onClose={() => end(false)}>
            <p>{t('code.fresh')}</p>
            <Form onSubmit={() => void give()}>
                <Field id="fresh-code" label={t('code.label')} error={wrong}>
                    {(tie) => <div class="code-input"><Input {...tie} value={code} onInput={setCode} autofocus
                        autocomplete="one-time-code" inputMode="numeric" /></div>}
                </Field>
                <div class="form-end">
                    <Button submit kind="primary">{t('code.go')}</Button>
                    <Button onClick={() => end(false)}>{t('do.cancel')}</Button>
                </div>
            </Form>
        </Dialog>
    );
}

export function Shell(props: {
    nav: readonly NavItem[];
    link: LinkState;
    what: string;
    children: ComponentChildren;
    above?: ComponentChildren; // alerts: above the page, on every page
    bandEnd?: ComponentChildren;
}) {
    const who = session.value;

    return (
        <>
            <a class="skip" href="#main" onClick={(event) => {
                event.preventDefault();
                document.getElementById('main')?.focus();
            }}>{t('app.skip')}</a>
            <Band place={who?.name ?? ''} what={props.what} end={
                <>
                    {props.bandEnd}
                    <button type="button" class="band-button menu-button" aria-controls="rail"
                        aria-expanded={railOpen.value} onClick={() => {
                            railOpen.value = !railOpen.value;
                        }}><Icon name={railOpen.value ? 'close' : 'menu'} />{t('nav.menu')}</button>
                </>
            } />
            <Strip link={props.link} />
            <div class="frame">
                <Rail nav={props.nav} />
                <main class="content" id="main" tabIndex={-1}>
                    {props.above}
                    {props.children}
                </main>
            </div>
            <Toasts />
            <KeyboardHelp />
            <FreshCode />
            {leaving.value && (
                <Confirm title={t('user.drafts.title')} yes={t('user.signOut')} danger
                    onYes={leave} onClose={() => {
                        leaving.value = false;
                    }}><p>{t('user.drafts', { n: draftCount() })}</p></Confirm>
            )}
        </>
    );
}
