import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** What `npm run ui:load` measures. */
export interface Options {
  /** The length of the measurement of a view. */
  readonly seconds: number;
  /** Envelopes per second. */
  readonly rate: number;
  /** The number of failed messages. */
  readonly errors: number;
  /** @default both */
  readonly only: 'pipeline' | 'errors' | undefined;
  /** The folder of the screenshots. */
  readonly folder: string;
  readonly help: boolean;
}

export const USAGE = `usage: npm run ui:load -- [--seconds N] [--rate N] [--errors N]
                          [--only pipeline|errors] [--folder FOLDER]

Measures the page of "asya-sidecar ui" in Chromium on a private RabbitMQ, and
takes screenshots.

options:
  --seconds N      The length of the measurement of a view. Default: 30.
  --rate N         Envelopes per second. Default: 100.
  --errors N       The number of failed messages. Default: 50000.
  --only PART      "pipeline" (20 actors under load, in the views Pipeline and
                   Live) or "errors" (failed messages, in the view Errors).
  --folder FOLDER  The folder of the screenshots.
  -h, --help       Prints this text.
`;

/** @throws {Error} naming the option and the rule */
export function readOptions(words: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...words],
    options: {
      seconds: { type: 'string', default: '30' },
      rate: { type: 'string', default: '100' },
      errors: { type: 'string', default: '50000' },
      only: { type: 'string' },
      folder: { type: 'string', default: join(tmpdir(), 'asya-ui-load') },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { only, folder, help } = values;
  if (only !== undefined && only !== 'pipeline' && only !== 'errors')
    throw new Error(`--only must be pipeline or errors, not "${only}"`);
  return {
    seconds: readNumber('seconds', values.seconds),
    rate: readNumber('rate', values.rate),
    errors: readNumber('errors', values.errors),
    only,
    folder,
    help,
  };
}

function readNumber(name: string, text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number > 0) return number;
  throw new Error(`--${name} must be an integer of at least 1, not "${text}"`);
}
