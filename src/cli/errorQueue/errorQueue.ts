import type { Config } from '../../config/config.ts';
import { parkedQueue } from '../../transport/queues.ts';
import type { Option } from '../command/usage.ts';

/** One of the two queues of failed messages. */
export interface ErrorQueue {
  readonly name: string;
  readonly isParked: boolean;
  readonly config: Config;
}

export const PARKED_OPTION = {
  type: 'boolean',
  doc: "Reads error-end's parked queue instead.",
} as const satisfies Option;

/** @param isParked selects error-end's parked queue */
export function errorQueueOf(isParked: boolean, config: Config): ErrorQueue {
  const name = isParked ? parkedQueue(config.errorEnd) : config.errorEnd;
  return { name, isParked, config };
}
