import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { MIB } from '../../src/units.ts';
import { rssOf } from '../../test/kit/processes/memory.ts';
import type { Supervised } from '../../test/kit/processes/supervised.ts';

/** The resources that a sidecar's process uses. */
export interface Sample {
  /** The used size of all heap spaces. */
  readonly heapMiB: number;
  readonly residentMiB: number;
  /** The number of open files, including sockets. */
  readonly handles: number;
  readonly sockets: number;
}

/** Reads a sample from `/metrics` and `/proc`. The process must not have restarted. */
export async function readSample({ pid, logFile }: Supervised): Promise<Sample> {
  const folder = `/proc/${pid}`;
  const files = await readdir(join(folder, 'fd'));
  // A file may be closed after it was listed.
  const targets = await Promise.all(
    files.map((file) => readlink(join(folder, 'fd', file)).catch(() => '')),
  );
  return {
    heapMiB: Math.round((await readHeapBytes(logFile)) / MIB),
    residentMiB: Math.round(rssOf(pid ?? 0) / MIB),
    handles: files.length,
    sockets: targets.filter((target) => target.startsWith('socket:')).length,
  };
}

async function readHeapBytes(logFile: string): Promise<number> {
  const log = await readFile(logFile, 'utf8');
  const port = /"port":(?<port>\d+),[^\n]*"msg":"started"/.exec(log)?.groups?.['port'];
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const spaces = [...metrics.matchAll(/^v8js_memory_heap_used(?:_bytes)?\{.*\} (?<bytes>\S+)/gm)];
  if (spaces.length === 0) throw new Error('no heap metrics at /metrics');
  return spaces.reduce((total, { groups }) => total + Number(groups?.['bytes']), 0);
}
