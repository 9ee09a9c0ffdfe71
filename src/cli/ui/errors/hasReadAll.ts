import type { Look } from '../../../transport/inspection/queueReader.ts';

/**
 * Whether a message that a look has not read has left the queue. A look at an empty queue proves
 * nothing: a broker that cannot count a queue reports 0 messages.
 */
export function hasReadAll({ end, total }: Pick<Look, 'end' | 'total'>): boolean {
  return end === 'complete' && total > 0;
}
