import type { Session } from '../../../src/cli/ui/server/contract.ts';

/** What the view does not show because a source is missing, and the option that adds it. */
export function missingSources({ sources }: Pick<Session, 'sources'>): readonly string[] {
  const { broker, sidecars } = sources;
  const reason = broker.problem === undefined ? '' : `: ${broker.problem}`;
  return [
    ...(broker.isConnected
      ? []
      : [`No depths of queues, because ${broker.address} is not connected${reason}`]),
    ...(sidecars.length > 0
      ? []
      : [
          'Readiness, rates, times and the edges between actors need --sidecars ADDRESS; without it, this view shows only what the broker knows.',
        ]),
  ];
}
