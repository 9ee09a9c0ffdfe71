import { restoreOriginal } from '../replay/restore.ts';
import { toLine } from '../failures/errorJson.ts';
import { tryReadEnvelope, type FailedDelivery, type FormOptions } from '../failures/failedForm.ts';

/** The original envelope as a line for `send`, or the reason why it cannot be sent. */
export type SendableOriginal = Buffer | { readonly reason: string };

/**
 * Restores the original of a failed message. `send` accepts envelopes only, and sends each to the
 * actor that is current in its route.
 */
export function sendableOriginal(message: FailedDelivery, options: FormOptions): SendableOriginal {
  const { original } = restoreOriginal(message, options);
  if ('lost' in original) return { reason: original.lost };
  const { body } = original.message;
  if (tryReadEnvelope(body, { ...options, isEnd: true }) === undefined) {
    return { reason: 'the original is not an envelope' };
  }
  const envelope = tryReadEnvelope(body, options);
  return envelope?.actors[envelope.current] === original.to
    ? Buffer.concat([toLine(body), LINE_FEED])
    : { reason: `the original is for "${original.to}", which is not current in its route` };
}

const LINE_FEED = Buffer.from('\n');
