import assert from 'node:assert/strict';
import type { SendEvent } from '../../../../src/cli/ui/send/contract.ts';
import type { Route } from '../../../../src/cli/ui/server/routes/route.ts';

/** What a request has caused. */
export interface Called {
  readonly events: readonly SendEvent[];
  /** The clauses of the log line. */
  readonly notes: readonly string[];
}

/** Calls a route as the server does. */
export async function callRoute(
  route: Route,
  body: object,
  closed = new AbortController().signal,
): Promise<Called> {
  const events: SendEvent[] = [];
  const notes: string[] = [];
  const answer = await route.handle({
    parameter: () => '',
    query: new URLSearchParams(),
    body,
    closed,
    note: (text) => void notes.push(text),
  });
  assert.ok(answer.kind === 'events');
  await answer.write({ write: async (event) => void events.push(event as SendEvent) });
  return { events, notes };
}
