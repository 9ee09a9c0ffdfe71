import { hash } from 'node:crypto';
import { createIdentify } from '../../../../transport/message.ts';
import type { FailedDelivery } from '../../../failures/failedForm.ts';

/**
 * Returns a hash of all parts of a message that are the same whenever it is read. Foreign messages
 * may have equal bodies and no ids, and differ only in their headers or in the queue that they come
 * from.
 */
export type IdentifyFailed = (message: FailedDelivery) => string;

/** The identities are valid within one function. */
export function createIdentifyFailed(): IdentifyFailed {
  const identify = createIdentify();
  return ({ id, body, headers, properties, deadLetter }) => {
    const identity = identify({ id, body, headers });
    const parts = JSON.stringify([identity, headers, properties, deadLetter]);
    return hash('sha256', parts, 'base64');
  };
}
