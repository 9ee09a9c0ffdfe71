import type { BrokerSource, Session } from '../../src/cli/ui/server/contract.ts';

export interface SourceText {
  readonly text: string;
  readonly isProblem: boolean;
}

export interface SourceRow {
  readonly name: string;
  readonly texts: readonly SourceText[];
}

/** The sources of the page's data as texts, and the number of those that have a problem. */
export function summarizeSources({ sources }: Session): {
  readonly rows: readonly SourceRow[];
  readonly problems: number;
} {
  const { broker, sidecars, traces } = sources;
  const rows = [
    { name: 'Broker', texts: [describe(broker.address, 'connected', broker.problem)] },
    {
      name: 'Sidecars',
      texts: sidecars.map(({ address, actor, problem }) =>
        describe(address, actor ?? 'no answer yet', problem),
      ),
      missing: 'none; start the page with --sidecars ADDRESS',
    },
    {
      name: 'Traces',
      texts: traces.map(({ file, journeys, gap, problem }) =>
        describe(
          file,
          [`${journeys} journeys`, ...(gap === undefined ? [] : [gap])].join('; '),
          problem,
        ),
      ),
      missing: 'none; start the page with --traces FILE',
    },
  ].map(({ name, texts, missing = '' }) => ({
    name,
    texts: texts.length === 0 ? [{ text: missing, isProblem: false }] : texts,
  }));
  const problems = rows.flatMap(({ texts }) => texts).filter(({ isProblem }) => isProblem).length;
  return { rows, problems };
}

/** The broker, if an attempt to connect to it has failed or its connection was lost. */
export function awayBroker({ sources }: Pick<Session, 'sources'>): BrokerSource | undefined {
  const { broker } = sources;
  return broker.isConnected || broker.problem === undefined ? undefined : broker;
}

function describe(address: string, state: string, problem: string | undefined): SourceText {
  return { text: `${address}: ${problem ?? state}`, isProblem: problem !== undefined };
}
