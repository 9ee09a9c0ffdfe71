import { readConfig } from '../src/config/config.ts';
import { planTopology, type QueuePlan } from '../src/transport/rabbitmq/topology/plan.ts';
import { replaceBetween } from './markedPage.ts';

const START =
  '<!-- definitions: generated from src/transport/rabbitmq/topology/plan.ts by `npm run docs` -->';
const END = '<!-- end of definitions -->';

/** Replaces the definitions of an actor `infer` on the page with those that the code declares. */
export function renderRabbitmqPage(page: string): string {
  return replaceBetween(page, START, END, `\`\`\`json\n${renderDefinitions()}\n\`\`\``);
}

/** Returns the format of `rabbitmqctl import_definitions`, one object a line. */
function renderDefinitions(): string {
  const { config } = readConfig({ ASYA_ACTOR_NAME: 'infer' });
  const { exchange, queueType } = config.rabbitmq;
  const topology = { ...config, retryDelaysMs: config.retry.backoffMs };
  const plan = planTopology(topology, { exchange, queueType });
  const queues = [...plan.queues, ...plan.onDemandQueues];
  const lists = {
    exchanges: [{ ...DURABLE, name: exchange, type: 'topic', internal: false, arguments: {} }],
    queues: queues.map((queue) => ({ ...DURABLE, name: queue.name, arguments: queue.arguments })),
    bindings: queues.flatMap((queue) => bindingOf(queue, exchange)),
  };
  const blocks = Object.entries(lists).map(
    ([name, items]) =>
      `  "${name}": [\n${items.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`,
  );
  return `{\n${blocks.join(',\n')}\n}`;
}

const DURABLE = { vhost: '/', durable: true, auto_delete: false };

function bindingOf({ name, bindingKey }: QueuePlan, exchange: string): object[] {
  if (bindingKey === undefined) return [];
  const destination = { destination: name, destination_type: 'queue' };
  return [{ vhost: '/', source: exchange, ...destination, routing_key: bindingKey, arguments: {} }];
}
