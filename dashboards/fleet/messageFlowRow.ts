import type { Row } from '../dashboard.ts';
import { toActor } from '../links.ts';
import { sumBy, type Promql } from '../promql.ts';
import { flow } from '../panels/tables.ts';
import { DECIDED } from '../hopQueries.ts';

const FORWARD = 'message_type=~"routing|happy_end|error_end"';
const BY_ARROW = ['actor', 'destination_queue'];

/** The pipeline as a graph. */
export function pipeline(q: Promql): Row {
  const sent = q.rate('messagesSent', FORWARD);
  const senders = `label_replace(${sumBy(['actor'], q.rate('messagesProcessed', DECIDED))}, "id", "$1", "actor", "(.+)")`;
  const receivers = `label_replace(0 * ${sumBy(['destination_queue'], sent)}, "id", "$1", "destination_queue", "(.+)")`;
  // Every end of an arrow needs a node, also a destination that no sidecar serves.
  const nodes = `${sumBy(['id'], senders)} or ${sumBy(['id'], receivers)}`;
  // Also what has stopped to flow; but most destinations that are counted are never sent to.
  const used = `${sumBy(BY_ARROW, `increase(${q.select('messagesSent', FORWARD)}[$__range])`)} > 0`;
  const arrows = `(${sumBy(BY_ARROW, sent)} and on (actor, destination_queue) ${used})`;
  const edges = `label_join(label_replace(label_replace(${arrows}, "source", "$1", "actor", "(.+)"), "target", "$1", "destination_queue", "(.+)"), "id", " → ", "actor", "destination_queue")`;
  return {
    title: 'Who sends to whom?',
    panels: [
      flow({
        title: 'Flow of envelopes',
        description:
          'The numbers are hops and envelopes a second, the arrows what was sent in the shown range. An actor at 0 that arrows lead to has no sidecar or has stopped: what is sent to it piles up in its queue.',
        unit: 'ops',
        width: 24,
        height: 12,
        links: [toActor('${__data.fields.id}')],
        nodes: `label_replace(${nodes}, "title", "$1", "id", "(.+)")`,
        edges,
      }),
    ],
  };
}
