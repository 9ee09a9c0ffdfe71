import { spawnSync } from 'node:child_process';
import { chartFolder, type ValueSet } from './chartFiles.ts';

/** The oldest version that the charts support, so that outputs do not depend on that of helm. */
const KUBERNETES_VERSION = '1.30.0';

interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs helm and waits for its end. The option `--values=-` reads the input. */
export function runHelm(helm: string, args: readonly string[], input = ''): Finished {
  const { status, stdout, stderr, error } = spawnSync(helm, args, {
    encoding: 'utf8',
    input,
    maxBuffer: Number.MAX_SAFE_INTEGER,
  });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

/**
 * Renders a chart with a value set, as `helm template` does.
 * @throws an error with the message of helm
 */
export function renderChart(
  helm: string,
  chart: string,
  { name, values }: Pick<ValueSet, 'name' | 'values'>,
): string {
  const { status, stdout, stderr } = runHelm(helm, [
    'template',
    name,
    chartFolder(chart),
    `--values=${values}`,
    `--kube-version=${KUBERNETES_VERSION}`,
  ]);
  if (status !== 0) throw new Error(`${chart}, value set ${name}: ${stderr}`);
  return stdout;
}
