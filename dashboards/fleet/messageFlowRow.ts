import type { Row } from '../dashboard.ts';
import { actorLink } from '../links.ts';
import { sumBy, type Promql } from '../promql.ts';
import { nodeGraph } from '../panels/tables.ts';
import { FINISHED } from '../hopQueries.ts';

const FORWARD = 'message_type=~"routing|happy_end|error_end"';
const BY_ARROW = ['actor', 'destination_queue'];

/** The pipeline as a graph of actors and the messages between them. */
export function messageFlowRow(q: Promql): Row {
  const sent = q.rate('messagesSent', FORWARD);
  const senders = `label_replace(${sumBy(['actor'], q.rate('messagesProcessed', FINISHED))}, "id", "$1", "actor", "(.+)")`;
  const receivers = `label_replace(0 * ${sumBy(['destination_queue'], sent)}, "id", "$1", "destination_queue", "(.+)")`;
  // Both ends of an arrow need a node, including destinations without a sidecar.
  const nodes = `${sumBy(['id'], senders)} or ${sumBy(['id'], receivers)}`;
  // Keep idle arrows, but drop the many destinations that never received a message.
  const used = `${sumBy(BY_ARROW, `increase(${q.select('messagesSent', FORWARD)}[$__range])`)} > 0`;
  const arrows = `(${sumBy(BY_ARROW, sent)} and on (actor, destination_queue) ${used})`;
  const edges = `label_join(label_replace(label_replace(${arrows}, "source", "$1", "actor", "(.+)"), "target", "$1", "destination_queue", "(.+)"), "id", " → ", "actor", "destination_queue")`;
  return {
    title: 'Message flow between actors',
    panels: [
      nodeGraph({
        title: 'Message flow',
        description:
          'Nodes show hops per second; arrows show the messages sent per second between actors in the selected time range. An actor that receives messages but shows 0 hops has stopped or has no sidecar; its queue is growing.',
        unit: 'ops',
        width: 24,
        height: 12,
        links: [actorLink('${__data.fields.id}')],
        nodes: `label_replace(${nodes}, "title", "$1", "id", "(.+)")`,
        edges,
      }),
    ],
  };
}
