import type { TestContext } from 'node:test';
import { envelopeWith, errorEnvelope } from '../envelopes/failures.ts';
import type { Commands } from '../processes/commands.ts';
import { serveMemoryErrors, type ErrorsRig } from './errorsRig.ts';

/** Failed messages in a memory broker, and a look at them. */
export interface FailedQueue extends ErrorsRig, Commands {
  readonly lookId: string;
}

/** Fills error-end with failed messages that have these ids. */
export async function serveFailed(t: TestContext, ids: readonly string[]): Promise<FailedQueue> {
  const rig = await serveMemoryErrors(t);
  for (const id of ids) await rig.put('error-end', errorEnvelope(envelopeWith({ id })));
  return { ...rig, lookId: (await rig.client.look()).id };
}

/** The ids of the envelopes in a queue, in order. */
export async function idsIn(
  { look }: Pick<Commands, 'look'>,
  queue: string,
): Promise<readonly string[]> {
  return (await look(queue)).map(({ body }) => (JSON.parse(String(body)) as { id: string }).id);
}
