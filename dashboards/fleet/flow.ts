import type { Row } from '../dashboard.ts';
import { toActor } from '../links.ts';
import { sumBy, type Promql } from '../promql.ts';
import { alerts, flow } from '../tables.ts';
import { DECIDED } from '../work.ts';

/** The pipeline as a graph, beside the alerts. */
export function pipeline(q: Promql): Row {
  const sent = q.rate('messagesSent', 'message_type=~"routing|happy_end|error_end"');
  const senders = `label_replace(${sumBy(['actor'], q.rate('messagesProcessed', DECIDED))}, "id", "$1", "actor", "(.+)")`;
  const receivers = `label_replace(0 * ${sumBy(['destination_queue'], sent)}, "id", "$1", "destination_queue", "(.+)")`;
  // Every end of an arrow needs a node, also a destination that no sidecar serves.
  const nodes = `${sumBy(['id'], senders)} or ${sumBy(['id'], receivers)}`;
  const edges = `label_join(label_replace(label_replace(${sumBy(['actor', 'destination_queue'], sent)} > 0, "source", "$1", "actor", "(.+)"), "target", "$1", "destination_queue", "(.+)"), "id", " → ", "actor", "destination_queue")`;
  return {
    title: 'Who sends to whom?',
    panels: [
      flow({
        title: 'Flow of envelopes',
        description:
          'The numbers are hops and envelopes a second. An actor at 0 that arrows lead to has no sidecar or has stopped: what is sent to it piles up in its queue.',
        unit: 'ops',
        width: 16,
        height: 14,
        links: [toActor('${__data.fields.id}')],
        nodes: `label_replace(${nodes}, "title", "$1", "id", "(.+)")`,
        edges,
      }),
      alerts(
        {
          title: 'Alerts',
          description:
            'Asya’s alerts that fire or are about to. Each has a summary and a link to its page in the runbook. Empty is good, provided that the rules are loaded.',
          width: 8,
          height: 14,
        },
        '{alertname=~"Asya.+"}',
      ),
    ],
  };
}
