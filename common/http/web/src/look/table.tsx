// A table that is one: caption, headings that sort, rows that lead somewhere.
// Arrows (or j and k) move from row to row, Enter opens. On a phone each row
// folds into a card.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { compareVi } from '../fold';
import { number } from '../format';
import { t } from '../i18n';
import { go } from '../router';
import { Button } from './button';
import { Icon } from './icon';
import { Empty } from './states';

export interface Column<R> {
    key: string;
    title: string;
    cell: (row: R) => ComponentChildren;
    // Makes the column sortable here; leave it out where the server sorts.
    sort?: (row: R) => string | number | null;
    right?: boolean; // figures
    narrow?: boolean; // stays on one line
    wide?: boolean; // on a phone: its own line, without its title
    head?: boolean; // names the row
}

export interface Sorting {
    key: string;
    down: boolean;
}

function sorted<R>(rows: readonly R[], columns: readonly Column<R>[], by: Sorting | null): R[] {
    const sort = columns.find((column) => column.key === by?.key)?.sort;

    if (by === null || sort === undefined)
        return [...rows];
    const order = (a: R, b: R): number => {
        const x = sort(a);
        const y = sort(b);

        if (x === null || y === null) // nothing comes last, both ways
            return x === y ? 0 : x === null ? 1 : -1;
        const way = typeof x === 'number' && typeof y === 'number'
            ? x - y : compareVi(String(x), String(y));

        return by.down ? -way : way;
    };

    return [...rows].sort(order);
}

export function Table<R>(props: {
    caption: string;
    showCaption?: boolean;
    columns: readonly Column<R>[];
    rows: readonly R[];
    rowKey: (row: R) => string;
    href?: (row: R) => string; // where the row leads; its head column is the link
    urgent?: (row: R) => boolean;
    sortedBy?: Sorting; // at first
    empty?: ComponentChildren;
    total?: number; // of all; more than `rows` says so
    onMore?: () => unknown;
    foot?: ComponentChildren; // <tr>s
    plain?: boolean; // stays a grid on a phone: few narrow columns
}) {
    const { columns, href } = props;
    const [by, setBy] = useState<Sorting | null>(props.sortedBy ?? null);
    const lead = columns.find((column) => column.head) ?? columns[0];

    if (props.rows.length === 0)
        return <>{props.empty ?? <Empty />}</>;

    const heading = (column: Column<R>) => {
        const on = by?.key === column.key;

        if (column.sort === undefined)
            return <th key={column.key} scope="col" class={column.right ? 'right' : undefined}>{column.title}</th>;
        return (
            <th key={column.key} scope="col" class={column.right ? 'right' : undefined}
                aria-sort={on ? (by.down ? 'descending' : 'ascending') : 'none'}>
                <button type="button" title={t('table.sort', { column: column.title })}
                    onClick={() => setBy({ key: column.key, down: on && !by.down })}>
                    {column.title}
                    <Icon name={on ? (by.down ? 'down' : 'up') : 'sort'} />
                </button>
            </th>
        );
    };
    const cell = (row: R, column: Column<R>) => {
        const inside = href !== undefined && column === lead
            ? <a class="open" href={href(row)} data-row>{column.cell(row)}</a> : column.cell(row);
        const classes = [column.right && 'right', column.narrow && 'narrow', column.wide && 'wide'].filter(Boolean).join(' ');

        return column.head
            ? <th key={column.key} scope="row" class={classes || undefined}>{inside}</th>
            : <td key={column.key} class={classes || undefined} data-label={column.title}>{inside}</td>;
    };
    // A click anywhere on the row; text can still be marked, links still work.
    const open = (row: R) => (event: MouseEvent): void => {
        if (href === undefined || (event.target as Element).closest('a, button, input, label') ||
            String(getSelection()) !== '')
            return;
        if (event.ctrlKey || event.metaKey)
            window.open(href(row), '_blank', 'noopener');
        else
            go(href(row));
    };

    return (
        <>
            <div class="table-wrap">
                <table class={`table${props.plain ? '' : ' folds'}`} onKeyDown={moveRow}>
                    <caption class={props.showCaption ? undefined : 'hidden'}>{props.caption}</caption>
                    <thead><tr>{columns.map(heading)}</tr></thead>
                    <tbody>
                        {sorted(props.rows, columns, by).map((row) => (
                            <tr key={props.rowKey(row)} onClick={open(row)}
                                class={[href && 'link', props.urgent?.(row) && 'urgent']
                                    .filter(Boolean).join(' ') || undefined}>
                                {columns.map((column) => cell(row, column))}
                            </tr>
                        ))}
                    </tbody>
                    {props.foot && <tfoot>{props.foot}</tfoot>}
                </table>
            </div>
            {props.total !== undefined && (
                <div class="table-foot">
                    <span role="status">
                        {props.total > props.rows.length
                            ? t('table.shown', { shown: number(props.rows.length), total: number(props.total) })
                            : t('table.rows', { n: number(props.total) })}
                    </span>
                    {props.onMore && <Button small onClick={props.onMore}>{t('table.more')}</Button>}
                </div>
            )}
        </>
    );
}

// From one row's link to the next.
export function stepRow(by: 1 | -1): void {
    const rows = [...document.querySelectorAll<HTMLElement>('main a[data-row]')];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    const to = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by];

    to?.focus();
    to?.scrollIntoView({ block: 'nearest' });
}

function moveRow(event: KeyboardEvent): void {
    if (!(event.target as Element).matches('a[data-row]') ||
        (event.key !== 'ArrowDown' && event.key !== 'ArrowUp'))
        return;
    event.preventDefault();
    stepRow(event.key === 'ArrowDown' ? 1 : -1);
}
