import { CallContext } from '../actor/context.ts';
import { encodeOutcome } from '../actor/outcome.ts';
import { asBatch, encodeOutcomes, parseJson, refuse, type ProtocolOptions } from './protocol.ts';

export interface PayloadOptions extends ProtocolOptions {
  /** Whether a frame is an array of payloads. */
  readonly isBatched: boolean;
}

/** Answers a frame of the protocol `payload`: a payload, or an array of payloads. Never rejects. */
export async function answerPayload(body: Buffer, options: PayloadOptions): Promise<string> {
  try {
    const value = parseJson(body, options);
    const { actor, isBatched } = options;
    if (!isBatched) return encodeOutcome(await actor.call(value, new CallContext({ body })));
    const payloads = asBatch(value);
    const contexts = payloads.map(() => new CallContext({}));
    return encodeOutcomes(await actor.callBatch(payloads, contexts));
  } catch (error) {
    return JSON.stringify(refuse(error, options));
  }
}
