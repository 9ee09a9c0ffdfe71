import type { HistoryPoint } from '../../../src/cli/ui/pipeline/contract.ts';
import { Time } from '../../components/Time.tsx';
import { CHARTS, minutesOf } from './series.ts';

const COLUMNS = CHARTS.flatMap(({ series, format }) =>
  series.map(({ name, value }) => ({ name, value, format })),
);

/** The numbers of the charts, one row a minute. */
export function HistoryTable({ points }: { readonly points: readonly HistoryPoint[] }) {
  return (
    <details class="pipeline-history">
      <summary>The numbers of these charts</summary>
      <div class="pipeline-history-frame">
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              {COLUMNS.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {minutesOf(points).map((point) => (
              <tr key={point.time}>
                <th scope="row">
                  <Time time={point.time} />
                </th>
                {COLUMNS.map(({ name, value, format }) => {
                  const number = value(point);
                  return <td key={name}>{number === undefined ? '–' : format(number)}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
