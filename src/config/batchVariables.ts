import { MIB } from '../units.ts';
import type { Variable } from './variable.ts';

/** The variables of batches: calls with the payloads of several envelopes. */
export const BATCH_VARIABLES = {
  ASYA_BATCH_SIZE: {
    doc: 'The maximum number of envelopes in a call to the runtime. Above 1, each call is a JSON array of payloads, also with one payload, and the reply is an array with as many replies. For the protocols `payload` and `http`.',
    format: 'integer from 1 to 65535',
    default: 1,
  },
  ASYA_BATCH_WAIT: {
    doc: 'How long the first envelope of a batch waits for others while the runtime could be called.',
    format: 'duration',
    default: 10,
  },
  ASYA_BATCH_MAX_BYTES: {
    doc: 'The maximum size of the payloads of a batch. A larger payload is called alone.',
    format: 'size',
    default: 16 * MIB,
  },
} satisfies Record<string, Variable>;
