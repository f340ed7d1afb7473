import { words } from '../../i18n';
import { en } from './en';
import { vi } from './vi';

export const t = words({ vi, en });
