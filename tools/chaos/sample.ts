import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { rssOf } from '../../test/kit/processes/memory.ts';
import type { Supervised } from '../../test/kit/processes/supervised.ts';

/** What a sidecar's process takes at one moment. */
export interface Sample {
  /** Used by objects, in all spaces of the heap. */
  readonly heapMiB: number;
  readonly residentMiB: number;
  /** Open files, sockets among them. */
  readonly handles: number;
  readonly sockets: number;
}

/** From /metrics and from /proc; the process must have been started once only. */
export async function takeSample({ pid, logFile }: Supervised): Promise<Sample> {
  const folder = `/proc/${pid}`;
  const files = await readdir(join(folder, 'fd'));
  // One may be closed meanwhile.
  const targets = await Promise.all(
    files.map((file) => readlink(join(folder, 'fd', file)).catch(() => '')),
  );
  return {
    heapMiB: Math.round((await heapBytes(logFile)) / 2 ** 20),
    residentMiB: Math.round(rssOf(pid ?? 0) / 2 ** 20),
    handles: files.length,
    sockets: targets.filter((target) => target.startsWith('socket:')).length,
  };
}

async function heapBytes(logFile: string): Promise<number> {
  const log = await readFile(logFile, 'utf8');
  const port = /"port":(?<port>\d+),[^\n]*"msg":"started"/.exec(log)?.groups?.['port'];
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const spaces = [...metrics.matchAll(/^v8js_memory_heap_used(?:_bytes)?\{.*\} (?<bytes>\S+)/gm)];
  if (spaces.length === 0) throw new Error('/metrics does not tell of the heap');
  return spaces.reduce((total, { groups }) => total + Number(groups?.['bytes']), 0);
}
