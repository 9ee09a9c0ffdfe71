import type { TestContext } from 'node:test';
import type { Topology } from '../../../src/transport/queues.ts';
import type { TransportState } from '../../../src/transport/transport.ts';
import type { InspectableTransport } from '../../../src/transport/inspection/inspectableTransport.ts';

/** Opens the transports of an adapter for the conformance suite. */
export interface Adapter {
  /** Sets up a broker for one test; `t.after` tears it down. Each test uses unique queue names. */
  setup(t: TestContext): Promise<TestBroker> | TestBroker;
  /** Whether the broker counts deliveries that were not settled. */
  readonly countsUnsettled: boolean;
}

/**
 * The broker of one test. A test that needs an absent function is skipped, because the adapter
 * cannot simulate that failure.
 */
export interface TestBroker {
  open(topology: Topology, onState: (state: TransportState) => void): Promise<InspectableTransport>;
  /** Receives one message from the actor's queue and dies without settling it. */
  receiveOneAndDie?(topology: Topology): Promise<void>;
  /** Cuts the connections of all transports, which then reconnect. */
  cutConnections?(): Promise<void>;
  /** Makes the broker accept no publishes. */
  block?(): Promise<void>;
  unblock?(): Promise<void>;
}
