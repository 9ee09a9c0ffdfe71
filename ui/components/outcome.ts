import type { Tone } from './Badge.tsx';

/** The colours of the dashboards: red is an error, orange is retried, grey is given back. */
const TONES: ReadonlyMap<string, Tone> = new Map<string, Tone>([
  ['forward', 'good'],
  ['fanout', 'good'],
  ['forwarded', 'good'],
  ['empty', 'good'],
  ['end', 'info'],
  ['retry', 'warning'],
  ['give_back', 'muted'],
  ['error_end', 'bad'],
  ['retry_spent', 'bad'],
  ['parked', 'bad'],
]);

/** The meaning of a value of `asya.outcome`. */
export function toneOfOutcome(outcome: string): Tone {
  return TONES.get(outcome) ?? 'neutral';
}
