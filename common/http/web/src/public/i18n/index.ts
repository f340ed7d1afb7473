// The words of the pages about what residents are told, beside the shared ones.
import { words } from '../../i18n';
import { en } from './en';
import { vi } from './vi';

export const t = words({ vi, en });
