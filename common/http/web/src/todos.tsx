// What a machine says of itself: an alarm's title in the reader's language, what to
// do, the program's own words, since when.
import { command, may } from './api';
import { t } from './i18n';
import { Ago, Button, Icon, say, sayError } from './look';

export interface Todo {
    id: number;
    code: number;
    text: string; // the program's own words, ending in what to do
    since: string;
    times?: number;
    unit?: string | null;
}

async function clear(id: number): Promise<void> {
    try {
        await command('alarm.clear', { alarm: id });
        say(t('todo.cleared'));
    } catch (error) {
        sayError(error);
    }
}

// `title`, `advice`: by code, or null: nobody has written one. `of`: whose it is.
export function Todos(props: {
    list: readonly Todo[];
    title: (code: number) => string | null;
    advice?: (code: number) => string | null;
    of?: (unit: string) => string;
}) {
    return (
        <ul class="todos">
            {props.list.map((one) => {
                const advice = props.advice?.(one.code);

                return (
                    <li key={one.id} class="box warn">
                        <Icon name="warning" />
                        <div class="box-in">
                            <p class="box-title">{props.title(one.code) ?? t('todo.other')}
                                {one.unit && props.of && ` – ${props.of(one.unit)}`}</p>
                            {advice && <p>{advice}</p>}
                            <p lang="en" class={advice ? 'soft' : undefined}>{one.text}</p>
                            <p class="soft"><Ago at={one.since} />{(one.times ?? 1) > 1 && ` · ${t('todo.times', { n: one.times! })}`}</p>
                        </div>
                        {may('alarm.clear') && <Button small icon="check" onClick={() => clear(one.id)}>{t('todo.clear')}</Button>}
                    </li>
                );
            })}
        </ul>
    );
}
