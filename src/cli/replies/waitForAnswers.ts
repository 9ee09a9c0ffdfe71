import type { Answer } from './answer.ts';
import type { JourneyTracker, Place } from './journeyTracker.ts';
import type { Replies } from './openReplies.ts';

/**
 * Receives answers until all expected journeys are complete, `until` aborts, or the queue is lost.
 * @param onAnswer called for each answer that is not a copy of an earlier one
 */
export async function waitForAnswers(
  replies: Replies,
  tracker: JourneyTracker,
  until: AbortSignal,
  onAnswer: (answer: Answer, place: Place) => void,
): Promise<void> {
  while (!tracker.isComplete) {
    const answer = await replies.next(until);
    if (answer === undefined) return;
    const place = tracker.accept(answer);
    if (place !== undefined) onAnswer(answer, place);
  }
}
