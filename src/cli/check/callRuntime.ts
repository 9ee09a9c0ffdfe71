import { randomUUID } from 'node:crypto';
import { failed, ok, type Finding } from '../../check.ts';
import type { Config } from '../../config/config.ts';
import { formatDuration } from '../../config/formats/duration.ts';
import { faultText } from '../../faults.ts';
import { readEnvelope, type Envelope } from '../../envelope/envelope.ts';
import { silentLog } from '../../log.ts';
import { joinCalls } from '../../runtime/batch/joinCalls.ts';
import { openRuntime } from '../../runtime/open.ts';
import type { Item, Reply } from '../../runtime/runtime.ts';
import { truncate } from '../../unicode.ts';
import { printableLine } from '../terminal/printable.ts';

/**
 * Wraps a payload in an envelope for this actor.
 * @param payload one JSON document
 * @throws {EnvelopeError} when the payload is nested too deeply
 */
export function envelopeOf(payload: Buffer, { actor, maxNesting }: Config): Envelope {
  const start = JSON.stringify({
    id: `asya-check-${randomUUID()}`,
    route: { actors: [actor], current: 0 },
    headers: {},
  });
  const parts = [Buffer.from(`${start.slice(0, -1)},"payload":`), payload, Buffer.from('}')];
  return readEnvelope(Buffer.concat(parts), { maxNesting });
}

/** Makes one call, with the configured protocol and time limit. */
export async function callRuntime(envelope: Envelope, config: Config): Promise<Finding> {
  const { runtime, maxNesting, actor } = config;
  const ignoreState = (): void => {};
  const options = { ...runtime, maxNesting, concurrency: 1, onState: ignoreState, log: silentLog };
  const { client, limitTime } = await openRuntime(options);
  const { timeoutMs } = runtime;
  try {
    const reply = await joinCalls(limitTime(client)).call({
      envelope,
      // One payload is an array too.
      batch: config.batch.size > 1 ? { size: 1 } : undefined,
      actor,
      attempt: 1,
      timeoutMs,
      context: {},
    });
    return describeReply(reply);
  } finally {
    await client.close();
  }
}

function describeReply(reply: Reply): Finding {
  switch (reply.kind) {
    case 'answered':
      return ok(describeItems(reply.items));
    case 'failed': {
      const { code, runtimeCode, type = runtimeCode, message } = reply.fault;
      return failed(excerpt(`${code}: ${faultText({ type, message })}`));
    }
    case 'deferred':
      return failed(
        `deferred for ${formatDuration(reply.afterMs)}: ${excerpt(faultText(reply.fault))}`,
      );
    case 'absent':
      return failed(reply.reason);
  }
}

function describeItems(items: readonly Item[]): string {
  const [first] = items;
  if (first === undefined) return 'an empty reply';
  const payload = excerpt(first.payload.toString('utf8'));
  return items.length === 1 ? payload : `${items.length} items, the first: ${payload}`;
}

const MAX_LENGTH = 200;

/** The start of a text in one printable line. */
function excerpt(text: string): string {
  // White space is collapsed, so a little more than the excerpt suffices.
  const line = printableLine(truncate(text, 2 * MAX_LENGTH));
  return line.length <= MAX_LENGTH ? line : `${truncate(line, MAX_LENGTH)}…`;
}
