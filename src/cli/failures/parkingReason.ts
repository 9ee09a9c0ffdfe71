import type { Envelope } from '../../envelope/envelope.ts';
import { PARKED_HEADER } from '../../envelope/headers.ts';
import { decodeMember } from '../../envelope/json/json.ts';
import { isRecord } from '../../isRecord.ts';
import { TRANSPORT_HEADER } from '../../transport/message.ts';
import type { FailedDelivery } from './failedForm.ts';

/** Why error-end has parked a message. */
export interface ParkingReason {
  readonly code: string;
  readonly text: string;
}

/** The code of a message that the broker dead-lettered. */
export const DEAD_LETTERED = 'dead_lettered';

/** A parked envelope has a header; other parked messages have message headers or `x-death`. */
export function parkingReasonOf(
  { headers, deadLetter }: FailedDelivery,
  envelope: Envelope | undefined,
  errorEnd: string,
): ParkingReason | undefined {
  const header = decodeMember(envelope?.layout.headers, PARKED_HEADER);
  if (isRecord(header)) return reasonOf(header['code'], header['message']);
  const code = headers[TRANSPORT_HEADER.parkedCode];
  if (code !== undefined) return reasonOf(code, headers[TRANSPORT_HEADER.parkedMessage]);
  return deadLetter?.queue === errorEnd ? reasonOf(DEAD_LETTERED, deadLetter.reason) : undefined;
}

function reasonOf(code: unknown, text: unknown): ParkingReason {
  return {
    code: typeof code === 'string' ? code : 'unknown',
    text: typeof text === 'string' ? text : '',
  };
}
