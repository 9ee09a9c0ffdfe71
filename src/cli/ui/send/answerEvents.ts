import { faultText } from '../../../faults.ts';
import { MIB } from '../../../units.ts';
import type { Answer, AnswerFailure } from '../../replies/answer.ts';
import type { Place } from '../../replies/journeyTracker.ts';
import type { SendAnswer, SendFailure } from './contract.ts';

/** The largest number of answers that become events; the others are counted only. */
const MAX_ANSWERS = 1_000;
/** The largest total size of the payloads of one journey. */
const MAX_PAYLOAD_BYTES = 32 * MIB;

/** Turns answers into events, and bounds the size of all events of a journey. */
export class AnswerEvents {
  #answers = 0;
  #failures = 0;
  #leftBytes = MAX_PAYLOAD_BYTES;

  get counts(): { readonly answers: number; readonly failures: number } {
    return { answers: this.#answers, failures: this.#failures };
  }

  /** Undefined for an answer that is only counted. */
  toEvent({ id, result }: Answer, { path = [] }: Place): SendAnswer | undefined {
    this.#answers++;
    if (result.kind === 'failed') this.#failures++;
    if (this.#answers > MAX_ANSWERS) return undefined;
    const place = path.map((index) => `[${index}]`).join('');
    const event = { id, at: new Date().toISOString(), place };
    if (result.kind === 'failed') return { ...event, failure: toFailure(result.failure) };
    return { ...event, ...this.#payload(result.payload) };
  }

  #payload(bytes: Buffer): Pick<SendAnswer, 'payload' | 'omittedBytes'> {
    if (bytes.length > this.#leftBytes) return { omittedBytes: bytes.length };
    this.#leftBytes -= bytes.length;
    return { payload: bytes.toString('utf8') };
  }
}

function toFailure({ fault, actor }: AnswerFailure): SendFailure {
  return { code: fault.code, text: faultText(fault), ...(actor === undefined ? {} : { actor }) };
}
