import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { messageOf } from '../../../src/faults.ts';
import { installPackage } from '../brokers/apt.ts';

/** What Debian's package `prometheus` brings; undefined where it is not installed. */
export function findPrometheus(): string | undefined {
  const found = spawnSync('sh', ['-c', 'command -v prometheus && command -v promtool'], {
    encoding: 'utf8',
  });
  return found.status === 0 ? found.stdout.split('\n')[0] : undefined;
}

/** Gets it where that is possible; else the tests that need it say why they are skipped. */
export async function installPrometheus(): Promise<void> {
  if (findPrometheus() !== undefined) return;
  try {
    await installPackage('prometheus');
  } catch (error) {
    process.stderr.write(`no prometheus for the tests: ${messageOf(error)}\n`);
  }
}

export const NO_PROMETHEUS = 'no prometheus here: apt-get install prometheus';

/** Asks promtool what it thinks of a scrape's text. */
export function checkMetrics(text: string): SpawnSyncReturns<string> {
  return spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
}
