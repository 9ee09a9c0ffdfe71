import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { compose } from '../../../src/compose.ts';
import type { HopProcessor, Settled } from '../../../src/hop/hop.ts';
import { attachHopContext } from '../../../telemetry/context/hopContext.ts';
import { HopFeed } from '../../../telemetry/hops/hopFeed.ts';
import { createHopsHandler } from '../../../telemetry/hops/hopsHandler.ts';
import { observeHops } from '../../../telemetry/observers.ts';
import { hopOf, type Given } from '../envelopes/hops.ts';
import { strictGuard } from './strictGuard.ts';

export interface HopsServerOptions {
  readonly actor?: string;
  /** @default the loopback interface */
  readonly host?: string;
  /** @default chosen by the operating system */
  readonly port?: number;
  readonly readToken?: () => string | undefined;
}

/** The part of a sidecar that serves `/hops`. */
export interface HopsServer {
  readonly port: number;
  readonly feed: HopFeed;
  /** Processes a hop with this result. */
  readonly run: (settled?: Settled, given?: Given) => Promise<Settled>;
  readonly close: () => Promise<void>;
}

export async function startHopsServer(
  t: TestContext,
  { actor = 'infer', host = '127.0.0.1', port = 0, readToken }: HopsServerOptions = {},
): Promise<HopsServer> {
  const feed = new HopFeed(actor);
  const server = createServer(createHopsHandler(feed, readToken)).listen(port, host);
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    feed.close();
    server.close();
    server.closeAllConnections();
    if (server.listening) await once(server, 'close');
  };
  t.after(close);
  const layers = [attachHopContext(strictGuard), observeHops([feed.hops], strictGuard)];
  return {
    port: (server.address() as AddressInfo).port,
    feed,
    run: (settled = { name: 'forward', dispatched: 1 }, given = {}) =>
      compose<HopProcessor>(layers, async () => settled)(hopOf(given)),
    close,
  };
}
