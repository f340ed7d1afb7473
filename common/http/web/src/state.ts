// Whether anybody answers; apart from api.ts, because its streams say so too.
import { computed, signal } from '@preact/signals';

export const server = signal(true); // the web process answers
export const core = signal(true); // and the program behind it
export const reachable = computed(() => server.value && core.value);
