import { spawnSync, type SpawnSyncReturns } from 'node:child_process';

/** What Debian's package `prometheus` brings; undefined where it is not installed. */
export function findPrometheus(): string | undefined {
  const found = spawnSync('sh', ['-c', 'command -v prometheus && command -v promtool'], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.split('\n')[0] : undefined;
}

export const NO_PROMETHEUS = 'no prometheus here: apt-get install prometheus';

/** Asks promtool what it thinks of a scrape's text. */
export function checkMetrics(text: string): SpawnSyncReturns<string> {
  return spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
}
