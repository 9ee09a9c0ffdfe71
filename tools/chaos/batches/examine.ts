import { readFile } from 'node:fs/promises';
import { parseLogLine } from '../../../src/cli/input/logEntry.ts';
import type { PipelineFiles } from '../pipeline.ts';
import type { Examination } from '../workload.ts';
import { ACTS, type BatchPayload } from './acts.ts';
import {
  findBurnt,
  PLATFORM_CODES,
  type BurntOptions,
  type PlatformAttempt,
  type SpentAttempts,
} from './burnt.ts';
import { readCalls, type RecordedCall } from './records.ts';

/**
 * Examines the records of runtimes and sidecars, and the envelopes that the ends received.
 * @param mayLoseCalls whether the runtimes of an actor close connections that carry requests which
 *   they have not read. Such a request of one envelope spends its attempt.
 */
export async function examine(
  files: PipelineFiles,
  mayLoseCalls: (actor: string) => boolean,
): Promise<Examination> {
  const calls = new Map<string, RecordedCall[]>();
  for (const [pod, file] of files.runtimes) {
    const actor = actorOf(pod);
    calls.set(actor, [...(calls.get(actor) ?? []), ...readCalls(await readIfExists(file))]);
  }
  const happy = linesOf(await readIfExists(files.happyEnd)).map(readEnd);
  const failed = linesOf(await readIfExists(files.errorEnd)).map(readEnd);
  const { spent, byPlatform } = await readAttempts(files.logs, calls);
  const innocent = new Set(
    [...happy, ...failed].filter(({ payload }) => isInnocent(payload)).map(numberOf),
  );
  const burnt = findBurnt({
    calls,
    spent,
    byPlatform,
    isInnocent: (number) => innocent.has(number),
  });
  const lost = burnt.filter(({ actor }) => mayLoseCalls(actor));
  return {
    violations: [
      ...burnt.filter((one) => !lost.includes(one)).map(({ text }) => `burnt: ${text}`),
      ...failed.filter(({ payload }) => isInnocent(payload)).map(burntAtErrorEnd),
      ...happy
        .filter(isMixedUp)
        .map(({ id, payload }) => `${id} has the payload ${payload.number}`),
      ...happy
        .filter(({ payload }) => !ACTS[payload.act].mayReachHappyEnd)
        .map(({ id, payload }) => `${id} (${payload.act}) reached happy-end`),
    ],
    summary: [
      ...summarize(calls),
      ...lost.map(({ text }) => `a connection closed during a request: ${text}`),
    ].join('\n'),
  };
}

interface End {
  readonly id: string;
  readonly payload: BatchPayload;
}

/** Reads an envelope or an error envelope. */
function readEnd(line: string): End {
  const { id, payload } = JSON.parse(line) as {
    readonly id: string;
    readonly payload: BatchPayload & { readonly original_payload?: BatchPayload };
  };
  return { id, payload: payload.original_payload ?? payload };
}

/** Children of a fan-out meet no actor, so that the id of an envelope at an actor has no suffix. */
function numberIn(id: string): number {
  return Number(id.slice('env-'.length));
}

function numberOf({ payload }: End): number {
  return payload.number;
}

function isInnocent({ act }: BatchPayload): boolean {
  return ACTS[act].isInnocent;
}

/** Whether an envelope has the payload of another one. */
function isMixedUp({ id, payload }: End): boolean {
  return id.split('.')[0] !== `env-${payload.number}`;
}

function burntAtErrorEnd({ id, payload }: End): string {
  return `burnt: ${id} (${payload.act}) reached error-end`;
}

/** The attempts in the lines of hops, and in the calls that carry them. */
async function readAttempts(
  logs: readonly string[],
  calls: ReadonlyMap<string, readonly RecordedCall[]>,
): Promise<Pick<BurntOptions, 'spent' | 'byPlatform'>> {
  const spent: SpentAttempts[] = [];
  const byPlatform: PlatformAttempt[] = [];
  for (const log of logs) {
    for (const line of linesOf(await readIfExists(log))) {
      const { actor, envelope_id: id, outcome, attempt, code } = parseLogLine(line);
      if (typeof actor !== 'string' || typeof id !== 'string' || typeof attempt !== 'number')
        continue;
      // The attempt of a forwarded envelope counts its publishes.
      if (!calls.has(actor) || outcome === 'forwarded') continue;
      const number = numberIn(id);
      spent.push({ actor, number, attempt });
      if (outcome === 'retry' && PLATFORM_CODES.includes(code)) byPlatform.push({ actor, number });
    }
  }
  for (const [actor, all] of calls) {
    for (const { numbers, attempts = [] } of all) {
      for (const [index, number] of numbers.entries())
        spent.push({ actor, number, attempt: attempts[index] ?? 1 });
    }
  }
  return { spent, byPlatform };
}

function summarize(calls: ReadonlyMap<string, readonly RecordedCall[]>): string[] {
  return [...calls].map(([actor, all]) => {
    const items = all.reduce((sum, { numbers }) => sum + numbers.length, 0);
    const single = all.filter(({ numbers }) => numbers.length === 1).length;
    const cutOff = all.filter(({ isCutOff }) => isCutOff).length;
    const perNumber = new Map<number, number>();
    for (const number of all.flatMap(({ numbers }) => numbers))
      perNumber.set(number, (perNumber.get(number) ?? 0) + 1);
    return `${actor}: ${all.length} calls of ${(items / all.length).toFixed(1)} items, ${single} of one, ${cutOff} cut off; at most ${Math.max(...perNumber.values())} calls of an envelope`;
  });
}

function actorOf(pod: string): string {
  return pod.replace(/-\d+$/, '');
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

async function readIfExists(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
