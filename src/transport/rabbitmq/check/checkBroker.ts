import { notChecked, type CheckResult } from '../../../check.ts';
import type { Topology } from '../../queues.ts';
import type { BrokerConnection, ConnectOptions } from '../connection/connect.ts';
import { closeConnection } from '../connection/lifetime.ts';
import { planTopology, type PlanOptions } from '../topology/plan.ts';
import { checkTopology } from '../topology/checkTopology.ts';
import { checkConnection } from './checkConnection.ts';
import { checkPermissions } from './checkPermissions.ts';
import { checkPublishing } from './checkPublishing.ts';

export interface BrokerCheckOptions extends ConnectOptions, PlanOptions {
  readonly autoCreate: boolean;
  readonly topology: Topology;
  /** The time limit of all checks, in milliseconds. */
  readonly timeoutMs: number;
  readonly limit: AbortSignal;
}

/**
 * Checks the connection to the broker, the objects of a topology, and the permissions of the user.
 * Every command is passive, or is one that the broker refuses as invalid after the check that it is
 * sent for: no object is declared, no message is stored or consumed.
 */
export async function* checkBroker(options: BrokerCheckOptions): AsyncGenerator<CheckResult> {
  const connection = yield* checkConnection(options);
  if (connection === undefined) {
    yield { check: 'queues and permissions', ...notChecked('no connection to the broker') };
    return;
  }
  try {
    yield* checkObjects(connection, options);
  } finally {
    await closeConnection(connection);
  }
}

/** Publishes last: an alarm blocks the connection at its first publish. */
async function* checkObjects(
  connection: BrokerConnection,
  { topology, autoCreate, limit, ...options }: BrokerCheckOptions,
): AsyncGenerator<CheckResult> {
  const plan = planTopology(topology, options);
  const parts = { connection, plan, autoCreate, limit };
  yield* checkTopology(parts);
  yield* checkPermissions(parts);
  yield* checkPublishing(parts);
}
