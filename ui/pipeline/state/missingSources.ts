import type { Session } from '../../../src/cli/ui/server/contract.ts';

/**
 * What the view does not show because a source is missing, and the option that adds it.
 * @param waiting the number of actors that are not ready because the broker is away
 */
export function missingSources(
  { sources }: Pick<Session, 'sources'>,
  waiting: number,
): readonly string[] {
  const { broker, sidecars } = sources;
  return [
    ...(broker.isConnected ? [] : [describeAway(waiting, sidecars.length > 0)]),
    ...(sidecars.length > 0
      ? []
      : [
          'Readiness, rates, times and the edges between actors need --sidecars ADDRESS; without it, this view shows only what the broker knows.',
        ]),
  ];
}

function describeAway(waiting: number, hasSidecars: boolean): string {
  const parts = [
    ...(waiting === 0 ? [] : [`${waiting} ${waiting === 1 ? 'actor is' : 'actors are'} not ready`]),
    'numbers of waiting messages are unknown',
    ...(hasSidecars ? ['rates and times are averages over the last minute'] : []),
  ];
  return `While the broker is away, ${new Intl.ListFormat('en').format(parts)}.`;
}
