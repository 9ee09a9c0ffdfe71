import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Books } from '../chaos/books.ts';
import { untilAccounted } from '../chaos/chaos.ts';
import type { Load } from '../chaos/load.ts';
import type { World } from '../chaos/world.ts';
import { until } from '../../test/kit/processes/until.ts';
import type { Fleet, Version } from './fleet.ts';

/** What the steps of an upgrade act on. */
export interface Stage {
  readonly world: World;
  readonly fleet: Fleet;
  readonly books: Books;
  readonly load: Load;
  /** The path of a file that payloads may name. */
  readonly fileOf: (name: string) => string;
  /** Sends envelopes of every kind, and resolves when the broker has confirmed all of them. */
  readonly send: (count: number) => Promise<void>;
  /** Resolves when every envelope sent so far has reached an end. */
  readonly untilAllArrived: () => Promise<void>;
  /** Runs `asya-sidecar replay` of one version; rejects unless it exits with 0. */
  readonly replay: (version: Version) => Promise<void>;
}

export interface StageParts extends Pick<Stage, 'world' | 'fleet' | 'books' | 'load'> {
  readonly folder: string;
  readonly programs: Readonly<Record<Version, string>>;
}

/** How long nothing may arrive while something is missing, in milliseconds. */
const PATIENCE_MS = 60_000;

export function createStage({ folder, programs, ...parts }: StageParts): Stage {
  const { world, books, load } = parts;
  return {
    ...parts,
    fileOf: (name) => join(folder, name),
    send: async (count) => {
      const target = load.sent + count;
      load.allow(target);
      await until(() => load.sent >= target, 'all envelopes are confirmed', PATIENCE_MS);
    },
    untilAllArrived: async () => {
      if (!(await untilAccounted(books, PATIENCE_MS))) throw new Error('envelopes are missing');
    },
    replay: async (version) => {
      const env = { PATH: process.env['PATH'] ?? '', ...world.env };
      await promisify(execFile)(process.execPath, [programs[version], 'replay'], { env });
    },
  };
}
