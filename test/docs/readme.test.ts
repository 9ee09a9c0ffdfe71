import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { killOnExit } from '../kit/processes/killOnExit.ts';
import { freePorts } from '../kit/processes/ports.ts';
import { within } from '../kit/processes/until.ts';

const ROOT = new URL('../../', import.meta.url).pathname;

test('the first actor of README.md runs as written, and its last line stops it', async (t) => {
  const [, section = ''] = readFileSync(join(ROOT, 'README.md'), 'utf8').split('## A first actor');
  const [example = ''] = section.split('\n## ');
  const blocks = [...example.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  const { code, out } = await runInShell(t, blocks.join('\n'));
  assert.equal(code, 0, out);
  assert.match(out, /^\{"greeting":"Hello, world"\}$/m);
  assert.match(out, /greet +forward[\s\S]*happy-end +end/);
  assert.match(out, /runtime_error +TypeError: can only concatenate str/);
});

interface ShellResult {
  readonly code: number | null;
  /** The output of all processes; it ends when the last process exits. */
  readonly out: string;
}

/**
 * Runs the lines in a temporary folder, on free ports, without the build and with longer sleeps.
 */
async function runInShell(t: TestContext, lines: string): Promise<ShellResult> {
  const folder = await mkdtemp(join(tmpdir(), 'asya-readme-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [first = 0, second = 0] = await freePorts(2);
  const script = lines
    .replace('npm ci && npm run build', '')
    .replaceAll('/tmp/', `${folder}/`)
    .replaceAll('8080', String(first))
    .replaceAll('8081', String(second))
    .replaceAll(/sleep \d+/g, 'sleep 4');
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder };
  const shell = spawn('bash', ['-c', script], { cwd: ROOT, env, detached: true, stdio: 'pipe' });
  const killGroup = (): void => {
    try {
      process.kill(-(shell.pid ?? 0), 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  };
  killOnExit(shell, killGroup);
  t.after(killGroup);
  const ended = Promise.all([once(shell, 'exit'), text(shell.stdout), text(shell.stderr)]);
  const [[code], out, err] = await within(ended, 'the end of every process', 60_000);
  return { code: code as number | null, out: out + err };
}
