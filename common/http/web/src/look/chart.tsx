// Lines or bars with the same figures as a table beside them: who cannot see the
// picture, or wants to copy a number, loses nothing. The drawing library comes
// when the first chart is shown.
import { useEffect, useRef, useState } from 'preact/hooks';
import { number } from '../format';
import { language, t } from '../i18n';
import { Button } from './button';
import { Table, type Column } from './table';
import { theme } from './theme';

export interface Series {
    label: string;
    values: readonly (number | null)[]; // null: not known, a gap
}

interface Row {
    label: string;
    values: (number | null)[];
}

export interface ChartProps {
    title: string;
    axis: string; // heads the first column: "Ngày"
    labels: readonly string[]; // one per value
    series: readonly Series[];
    kind?: 'line' | 'bar';
    height?: number;
}

// Many kinds, longest first as given: the table is the chart. Good for categories
// and villages, on paper and on a phone.
export function Bars(props: {
    title: string;
    axis: string;
    unit: string; // heads the figures: "Số tin"
    rows: readonly { key: string; label: string; value: number; more?: string; href?: string }[];
    moreTitle?: string; // heads `more`: "So với kỳ trước"
}) {
    const top = Math.max(1, ...props.rows.map((row) => row.value));

    return (
        <div class="table-wrap">
            <table class="table bars">
                <caption class="hidden">{props.title}</caption>
                <thead>
                    <tr>
                        <th scope="col">{props.axis}</th>
                        <th scope="col" class="right">{props.unit}</th>
                        <td class="bar" />
                        {props.moreTitle && <th scope="col" class="right">{props.moreTitle}</th>}
                    </tr>
                </thead>
                <tbody>
                    {props.rows.map((row) => (
                        <tr key={row.key}>
                            <th scope="row">
                                {row.href ? <a href={row.href}>{row.label}</a> : row.label}
                            </th>
                            <td class="right">{number(row.value)}</td>
                            <td class="bar" aria-hidden="true">
                                <i class={row.value === 0 ? 'none' : undefined}
                                    style={{ '--part': `${(row.value / top) * 100}%` }} />
                            </td>
                            {props.moreTitle && <td class="right">{row.more ?? '–'}</td>}
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

export function Chart(props: ChartProps) {
    const { labels, series } = props;
    const place = useRef<HTMLDivElement>(null);
    const [failed, setFailed] = useState(false);
    const look = `${theme.value} ${language.value}`;

    useEffect(() => {
        let drop = (): void => undefined;
        let gone = false;

        import('./chart-draw').then(({ draw }) => {
            if (!gone && place.current !== null)
                drop = draw(place.current, props);
        }, () => setFailed(true));
        return () => {
            gone = true;
            drop();
        };
    }, [labels, series, props.kind, props.height, look]);

    const rows: Row[] = labels.map((label, i) => ({
        label, values: series.map((one) => one.values[i] ?? null),
    }));
    const columns: Column<Row>[] = [
        { key: 'label', title: props.axis, cell: (row) => row.label, head: true },
        ...series.map((one, i): Column<Row> => ({
            key: `v${i}`, title: one.label, right: true, cell: (row) => number(row.values[i]),
        })),
    ];

    return (
        <figure class="chart beside" aria-label={props.title}>
            <div class="stack tight">
                {series.length > 1 && (
                    <ul class="chart-key">
                        {series.map((one, i) => (
                            <li key={one.label} class={`dash-${i % 4}`}><i aria-hidden="true" />{one.label}</li>
                        ))}
                    </ul>
                )}
                <div class="chart-draw" ref={place} aria-hidden="true" />
                {failed && <Button small icon="refresh" onClick={() => location.reload()}>{t('do.retry')}</Button>}
            </div>
            <div class="chart-table" tabIndex={0} role="region" aria-label={`${t('chart.table')}: ${props.title}`}>
                <Table plain caption={props.title} columns={columns} rows={rows}
                    rowKey={(row) => row.label} />
            </div>
        </figure>
    );
}
