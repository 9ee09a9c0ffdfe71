import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { until } from '../processes/until.ts';

/** A server that keeps the JSON documents that are posted to it. */
export interface Webhook {
  readonly url: string;
  readonly requests: readonly WebhookRequest[];
  /** Resolves with the first request that matches. */
  received(
    matches: (request: WebhookRequest) => boolean,
    description: string,
  ): Promise<WebhookRequest>;
  close(): void;
}

export interface WebhookRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export async function openWebhook(): Promise<Webhook> {
  const requests: WebhookRequest[] = [];
  const server = createServer((request, response) => {
    const { url: path = '', headers } = request;
    text(request).then(
      (body) => {
        requests.push({ path, headers, body: JSON.parse(body) as unknown });
        response.end('ok');
      },
      () => response.destroy(), // the client closed the connection
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async received(matches, description) {
      await until(() => requests.some(matches), description);
      const first = requests.find(matches);
      if (first === undefined) throw new Error(description);
      return first;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
