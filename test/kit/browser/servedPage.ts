import type { Session } from '../../../src/cli/ui/server/contract.ts';
import type { Route } from '../../../src/cli/ui/server/routes/route.ts';

/** The session of a page whose server a test plays. */
export const SESSION: Session = {
  version: '1.2.3',
  isReadOnly: false,
  transport: 'rabbitmq',
  happyEnd: 'happy-end',
  errorEnd: 'error-end',
  sources: {
    broker: { address: 'amqp://broker', isConnected: true },
    sidecars: [{ address: '10.0.0.7:8080', actor: 'infer' }],
    traces: [],
  },
  links: {},
};

/** A route that always has the same answer. */
export function jsonRoute(path: string, value: unknown): Route {
  return { method: 'GET', path, handle: () => ({ kind: 'json', value }) };
}
