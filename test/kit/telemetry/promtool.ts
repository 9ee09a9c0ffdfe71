import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { messageOf } from '../../../src/faults.ts';
import { installPackage } from '../brokers/apt.ts';

/** Returns the path of Debian's package `prometheus`; undefined if it is not installed. */
export function findPrometheus(): string | undefined {
  const found = spawnSync('sh', ['-c', 'command -v prometheus && command -v promtool'], {
    encoding: 'utf8',
  });
  return found.status === 0 ? found.stdout.split('\n')[0] : undefined;
}

/** Installs Prometheus if possible. Otherwise tests that need it are skipped with a reason. */
export async function installPrometheus(): Promise<void> {
  if (findPrometheus() !== undefined) return;
  try {
    await installPackage('prometheus');
  } catch (error) {
    process.stderr.write(`prometheus not installed: ${messageOf(error)}\n`);
  }
}

export const NO_PROMETHEUS = 'prometheus not installed: apt-get install prometheus';

/** Checks the text of a scrape with promtool. */
export function checkMetrics(text: string): SpawnSyncReturns<string> {
  return spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
}
