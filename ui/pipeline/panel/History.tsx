import { useMemo, useState } from 'preact/hooks';
import type { HistoryPoint } from '../../../src/cli/ui/pipeline/contract.ts';
import type { Client } from '../../client/client.ts';
import { Notice } from '../../components/Notice.tsx';
import { Spinner } from '../../components/Spinner.tsx';
import { AsOf } from '../../components/Time.tsx';
import { HistoryChart } from './HistoryChart.tsx';
import { HistoryTable } from './HistoryTable.tsx';
import { CHARTS, hasValues } from './series.ts';
import { useActorHistory } from './useActorHistory.ts';

export interface HistoryProps {
  readonly client: Client;
  readonly actor: string;
  readonly colorScheme: 'light' | 'dark';
}

/** The charts of an actor, which share the place of the pointer, and their numbers. */
export function History({ client, actor, colorScheme }: HistoryProps) {
  const { history, problem } = useActorHistory(client, actor);
  const [cursor, setCursor] = useState<HistoryPoint>();
  const endMs = useMemo(() => Date.now(), [history]);
  const points = history?.points;
  return (
    <section>
      <h3 class="pipeline-history-heading">
        Last 10 minutes
        {cursor !== undefined && <AsOf time={cursor.time} />}
      </h3>
      {problem !== undefined && <Notice kind="warning">{problem}</Notice>}
      {points === undefined && problem === undefined && <Spinner label="Reading the history" />}
      {points !== undefined && (
        <>
          {CHARTS.filter((chart) => hasValues(chart, points)).map((definition) => (
            <HistoryChart
              key={definition.title}
              {...{ definition, points, endMs, colorScheme, cursor }}
              onCursor={setCursor}
            />
          ))}
          <HistoryTable points={points} />
        </>
      )}
    </section>
  );
}
