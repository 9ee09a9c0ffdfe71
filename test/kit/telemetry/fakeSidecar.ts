import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** An HTTP server that answers like a sidecar, with what the test sets. */
export interface FakeSidecar {
  readonly port: number;
  /** The counters; a test changes them. */
  counts: FakeCounts;
  /** Replaces the answer of a path; undefined restores it. */
  answers: Readonly<Record<string, FakeAnswer | undefined>>;
  /** The number of requests to `/metrics` so far. */
  readonly scrapes: () => number;
  close(): Promise<void>;
}

export interface FakeCounts {
  readonly actor: string;
  readonly hops: number;
  readonly sent?: Readonly<Record<string, number>>;
  readonly processStart?: number;
}

export type FakeAnswer = (request: IncomingMessage, response: ServerResponse) => void;

/** @param port @default chosen by the operating system */
export async function startFakeSidecar(
  t: TestContext,
  counts: FakeCounts,
  port = 0,
): Promise<FakeSidecar> {
  let scrapes = 0;
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    if (path === '/metrics') scrapes++;
    const answer = fake.answers[path];
    if (answer !== undefined) answer(request, response);
    else if (path === '/metrics') response.end(metricsOf(fake.counts));
    else if (path === '/readyz') response.end('{"ready":true,"problems":[]}\n');
    else response.writeHead(404).end();
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const fake: FakeSidecar = {
    port: (server.address() as AddressInfo).port,
    counts,
    answers: {},
    scrapes: () => scrapes,
    async close() {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
  t.after(() => fake.close());
  return fake;
}

function metricsOf({ actor, hops, sent = {}, processStart = 1 }: FakeCounts): string {
  const total = (name: string, labels: string, value: number): string =>
    `asya_actor_${name}{actor="${actor}",${labels}} ${value}\n`;
  return [
    `process_start_time_seconds{actor="${actor}"} ${processStart}\n`,
    total('messages_processed_total', `queue="${actor}",status="success"`, hops),
    ...Object.entries(sent).map(([to, count]) =>
      total('messages_sent_total', `destination_queue="${to}",message_type="routing"`, count),
    ),
    total('queue_wait_seconds_bucket', `queue="${actor}",le="0.1"`, hops / 2),
    total('queue_wait_seconds_bucket', `queue="${actor}",le="1"`, hops),
    total('queue_wait_seconds_bucket', `queue="${actor}",le="+Inf"`, hops),
  ].join('');
}
