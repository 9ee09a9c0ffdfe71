import type { FailedMessage } from '../failures/failedMessage.ts';

/**
 * Draws the route on one line: `✓ prep → ✗ infer → post`. The mark ✗ is at the position of the
 * envelope; actors after it were not reached. Undefined when the message has no route.
 */
export function formatRoute(
  { route, actor }: Pick<FailedMessage, 'route' | 'actor'>,
  happyEnd: string,
): string | undefined {
  if (route === undefined) return undefined;
  const { actors, current } = route;
  // After an empty reply, an envelope goes to happy-end while its route points to an actor.
  const isAtEnd = actors[current] === undefined || actor === happyEnd;
  const steps = actors.map((name, index) => {
    if (index === current && !isAtEnd) return `✗ ${name}`;
    return index < current || (isAtEnd && index === current) ? `✓ ${name}` : name;
  });
  return (isAtEnd ? [...steps, `✗ ${happyEnd}`] : steps).join(' → ');
}
