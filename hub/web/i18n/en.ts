import type { vi } from './vi';

export const en: Record<keyof typeof vi, string> = {
    'home.title': 'Start',
    'home.lead': 'You are signed in as {role}.',
    'home.style': 'How these pages look',
    'nav.home': 'Start',
    'link.up': 'The server answers',
};
