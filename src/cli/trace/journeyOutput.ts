import type { Terminal } from '../terminal/terminal.ts';
import type { Journey } from './journeys/journey.ts';
import { formatJourneyList } from './journeyList.ts';
import { drawWaterfall } from './waterfall.ts';

const MIN_WIDTH = 80;
const MAX_WIDTH = 120;

/**
 * Draws the journey; lists several.
 * @param limit the number of the newest journeys to list
 */
export function formatJourneys(
  journeys: readonly Journey[],
  limit: number,
  { width, colour }: Pick<Terminal, 'width' | 'colour'>,
): string {
  const [journey, second] = journeys;
  if (journey === undefined || second !== undefined) {
    return formatJourneyList(journeys, limit, width);
  }
  const columns = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, width ?? MAX_WIDTH));
  return drawWaterfall(journey, { width: columns, colour });
}
