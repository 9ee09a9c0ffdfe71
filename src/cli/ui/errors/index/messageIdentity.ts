import { hash } from 'node:crypto';
import { createIdentify } from '../../../../transport/message.ts';
import type { FailedDelivery } from '../../../failures/failedForm.ts';

/**
 * Returns a hash of the parts of a message that are the same whenever it is read. Foreign messages
 * may have equal bodies and no ids, and differ only in a header, in a property, or in the queue
 * that they come from. Headers that are lists or records are left out.
 */
export type IdentifyFailed = (message: FailedDelivery) => string;

/** The identities are valid within one function. */
export function createIdentifyFailed(): IdentifyFailed {
  const identify = createIdentify();
  return ({ id, body, headers, properties = {}, deadLetter = null }) => {
    const { structuredHeaders: _structuredHeaders, ...standard } = properties;
    const identity = identify({ id, body, headers });
    const parts = [identity, sorted(headers), sorted(standard), deadLetter];
    return hash('sha256', JSON.stringify(parts), 'base64');
  };
}

/** RabbitMQ sorts the headers of a message that it delivers again. */
function sorted(values: object): readonly (readonly [string, unknown])[] {
  return Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
