// What this machine says of itself: which alarms, since when, what to do.
import { useLive } from 'lienxa/api';
import { Await, Icon, Page } from 'lienxa/look';
import { Todos, type Todo } from 'lienxa/todos';
import { t } from './i18n';
import { word } from './words';

// By code; several have the same one.
const ADVICE: Record<number, string> = {
    1: 'itself', 2: 'back', 3: 'itself', 4: 'two', 5: 'update', 6: 'again', 7: 'again', 101: 'conflict', 102: 'helper',
    110: 'kept', 111: 'clock', 120: 'replaced', 122: 'keys', 130: 'audit', 140: 'disk', 141: 'mended', 142: 'lost', 143: 'repair',
    144: 'mended', 145: 'disk', 146: 'full', 147: 'failed', 150: 'orders', 152: 'restored', 153: 'kept', 160: 'answer',
    161: 'helper', 180: 'district', 185: 'stick', 190: 'helper', 200: 'certificate', 202: 'web', 210: 'custodian',
    220: 'disk', 221: 'media', 222: 'nowhere', 223: 'media',
};

const known = (kind: 'todo' | 'advice', of: string): string | null => {
    const text = word(kind, of);

    return text === of ? null : text;
};

export default function Alarms() {
    const live = useLive<{ rows: Todo[] }>('/api/alarms', ['alarms']);

    return (
        <Page title={t('alarms.title')} lead={t('alarms.lead')}>
            <Await live={live}>{({ rows }) => rows.length === 0
                ? <p class="calm"><Icon name="done" />{t('alarms.none')}</p>
                : <Todos list={rows} title={(code) => known('todo', String(code))}
                    advice={(code) => known('advice', ADVICE[code] ?? '')} />}</Await>
        </Page>
    );
}
