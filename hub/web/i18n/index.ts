// The words of this program's pages, beside the shared ones.
import { words } from 'lienxa/i18n';
import { en } from './en';
import { vi } from './vi';

export const t = words({ vi, en });
