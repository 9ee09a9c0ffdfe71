import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { compose } from '../../../src/compose.ts';
import type { Hop, HopProcessor, Settled } from '../../../src/hop/hop.ts';
import { attachHopContext } from '../../../telemetry/context/hopContext.ts';
import { HopFeed } from '../../../telemetry/hops/hopFeed.ts';
import { createHopsHandler } from '../../../telemetry/hops/hopsHandler.ts';
import { observeHops } from '../../../telemetry/observers.ts';
import { hopOf, type Given } from '../envelopes/hops.ts';
import { until } from '../processes/until.ts';
import { strictGuard } from './strictGuard.ts';

export interface HopsServerOptions {
  readonly actor?: string;
  /** @default the loopback interface */
  readonly host?: string;
  /** @default chosen by the operating system */
  readonly port?: number;
  readonly readToken?: () => string | undefined;
  readonly heartbeatIntervalMs?: number | undefined;
}

/** The part of a sidecar that serves `/hops`. */
export interface HopsServer {
  readonly port: number;
  readonly feed: HopFeed;
  readonly process: (work: HopProcessor, hop: Hop) => Promise<Settled>;
  /** Processes a hop with this result. */
  readonly run: (settled?: Settled, given?: Given) => Promise<Settled>;
  /** Resolves when a reader follows the hops. */
  readonly hasReader: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function startHopsServer(
  t: TestContext,
  options: HopsServerOptions = {},
): Promise<HopsServer> {
  const { actor = 'infer', host = '127.0.0.1', port = 0, readToken, heartbeatIntervalMs } = options;
  const feed = new HopFeed(actor, heartbeatIntervalMs);
  const handle = createHopsHandler(feed, readToken);
  const open = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    open.add(response);
    response.on('close', () => open.delete(response));
    handle(request, response);
  }).listen(port, host);
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    feed.close();
    server.close();
    server.closeAllConnections();
    if (server.listening) await once(server, 'close');
  };
  t.after(close);
  const layers = [attachHopContext(strictGuard), observeHops([feed.hops], strictGuard)];
  const process = (work: HopProcessor, hop: Hop): Promise<Settled> => compose(layers, work)(hop);
  return {
    port: (server.address() as AddressInfo).port,
    feed,
    process,
    run: (settled = { name: 'forward', dispatched: 1 }, given = {}) =>
      process(async () => settled, hopOf(given)),
    hasReader: () => until(() => open.size > 0, 'a reader of the hops'),
    close,
  };
}
