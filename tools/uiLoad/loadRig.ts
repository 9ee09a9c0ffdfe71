import type { Browser, Page } from 'playwright-core';
import { parseBrokerUrls } from '../../src/config/formats/brokerUrls.ts';
import type { InspectableTransport } from '../../src/transport/inspection/inspectableTransport.ts';
import { openRabbitmq } from '../../src/transport/rabbitmq/rabbitmq.ts';
import type { Broker } from '../../test/kit/brokers/broker.ts';
import { rabbitmqOptions } from '../../test/kit/brokers/rabbitmqOptions.ts';
import { createStates } from '../../test/kit/rigs/states.ts';
import type { Closers } from './closers.ts';

/** What both measurements use. */
export interface LoadRig {
  readonly broker: Broker;
  readonly browser: Browser;
  readonly closers: Closers;
  /** The folder of the screenshots. */
  readonly folder: string;
}

export type Report = (line: string) => void;

/** Opens a connected transport of an actor of the pipeline. */
export async function openProducer(
  { broker, closers }: LoadRig,
  actor: string,
  errorEnd = 'error-end',
): Promise<InspectableTransport> {
  const states = createStates();
  const transport = await openRabbitmq({
    ...rabbitmqOptions(parseBrokerUrls(broker.url) ?? []),
    topology: { actor, happyEnd: 'happy-end', errorEnd, retryDelaysMs: [] },
    onState: states.onState,
  });
  closers.add(() => transport.close());
  await states.until({ connected: true });
  return transport;
}

export async function openLoadedPage(
  { browser, closers }: LoadRig,
  address: string,
): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1_440, height: 900 } });
  closers.add(() => page.close());
  await page.goto(address);
  return page;
}
