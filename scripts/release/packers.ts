import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { installPythonPackages } from '../../test/kit/processes/pythonPackages.ts';
import { findGoProgram } from '../../test/kit/programs/goProgram.ts';

const HATCHLING = 'hatchling==1.33.0';

/** Packs the program, which has been built, and the kit for TypeScript. */
export function packNpm(root: string, destination: string): void {
  run('npm', ['run', '-s', 'build:kit'], { cwd: root });
  for (const folder of [root, join(root, 'sdk/typescript')]) {
    const options = ['--ignore-scripts', '--loglevel=error', '--pack-destination', destination];
    run('npm', ['pack', ...options], { cwd: folder });
  }
}

/** Packs the kit for Python as sdist and wheel. */
export async function packPython(folder: string, destination: string): Promise<void> {
  const installed = await installPythonPackages([HATCHLING]);
  if ('absence' in installed) throw new Error(installed.absence);
  const pythonPath = [installed.folder, process.env['PYTHONPATH'] ?? ''].join(delimiter);
  run('python3', ['-m', 'hatchling', 'build', '--directory', destination], {
    cwd: folder,
    env: { ...process.env, PYTHONPATH: pythonPath, SOURCE_DATE_EPOCH: commitTime(folder) },
  });
}

/** Packs the dashboards, rules and provisioning files, for installations without a chart. */
export function packDashboards(root: string, archive: string): void {
  const stable = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mode=u=rwX,go=rX'];
  const folders = ['dashboards/grafana', 'dashboards/prometheus', 'dashboards/provisioning'];
  const compress = ['--use-compress-program', 'gzip --no-name'];
  const args = [...stable, `--mtime=@${commitTime(root)}`, ...compress, '-cf', archive];
  run('tar', [...args, ...folders], { cwd: root });
}

/** Packs the charts. Resolves to the reason if helm cannot be had. */
export async function packCharts(root: string, destination: string): Promise<string | undefined> {
  const { path: helm, skip } = await findGoProgram('helm');
  if (skip !== false) return skip;
  const staging = mkdtempSync(join(tmpdir(), 'asya-charts-'));
  try {
    cpSync(join(root, 'deploy/helm'), staging, { recursive: true });
    // Helm writes the time of each file into the archive.
    const time = Number(commitTime(root));
    for (const file of readdirSync(staging, { recursive: true, encoding: 'utf8' }))
      utimesSync(join(staging, file), time, time);
    for (const chart of globSync('*/Chart.yaml', { cwd: staging }).toSorted())
      run(helm, ['package', dirname(chart), '--destination', destination], { cwd: staging });
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return undefined;
}

/** Seconds since 1970. Archives carry the time of the commit, and so do not depend on the clock. */
export function commitTime(folder: string): string {
  const options = { cwd: folder, encoding: 'utf8' } as const;
  // In a container, the files may belong to another user.
  const args = ['-c', 'safe.directory=*', 'log', '-1', '--format=%ct'];
  return execFileSync('git', args, options).trim();
}

interface ProcessOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** @throws an error with the standard error of a program that fails */
function run(command: string, args: readonly string[], options: ProcessOptions): void {
  execFileSync(command, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
}
