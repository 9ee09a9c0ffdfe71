import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { killOnExit } from '../kit/processes/killOnExit.ts';
import { within } from '../kit/processes/until.ts';

const NAMESPACE = ['unshare', '--pid', '--fork', '--kill-child'] as const;
const [UNSHARE, ...OPTIONS] = NAMESPACE;
const canUnshare = spawnSync(UNSHARE, [...OPTIONS, 'true']).status === 0;
const skip = canUnshare ? false : 'needs a PID namespace: run as root, with the command unshare';

const RUNTIMES = [
  'python/payload_runtime.py',
  'python/envelope_runtime.py',
  'python/http_runtime.py',
  'python/archive_runtime.py',
  'typescript/payloadRuntime.ts',
  'typescript/envelopeRuntime.ts',
  'typescript/httpRuntime.ts',
] as const;

for (const file of RUNTIMES) {
  test(
    `SIGTERM ends the runtime ${file} as PID 1 while a sidecar is connected`,
    { skip },
    async (t) => {
      const folder = await mkdtemp(join(tmpdir(), 'asya-pid1-'));
      t.after(() => rm(folder, { recursive: true, force: true }));
      const isPython = file.endsWith('.py');
      const actor = join(folder, isPython ? 'actor.py' : 'actor.ts');
      await writeFile(
        actor,
        isPython ? 'def handle(payload): return payload\n' : 'export const handle = 0;\n',
      );
      const script = fileURLToPath(new URL(`../../examples/runtimes/${file}`, import.meta.url));
      const program = isPython ? 'python3' : process.execPath;
      const child = spawn(UNSHARE, [...OPTIONS, program, script, actor], {
        env: {
          PATH: process.env['PATH'] ?? '',
          ASYA_SOCKET_DIR: folder,
          PYTHONDONTWRITEBYTECODE: '1',
          PYTHONPATH: fileURLToPath(new URL('../../sdk/python/src', import.meta.url)),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      killOnExit(child);
      t.after(() => child.kill('SIGKILL'));
      const ended = once(child, 'exit');
      const lines = [child.stdout, child.stderr].map((stream) => createInterface(stream));
      const line = Promise.race(lines.map((it) => once(it, 'line')));
      await within(line, 'a line of the runtime');
      // An idle connection, as a sidecar keeps it.
      const connection = createConnection(join(folder, 'asya-runtime.sock'));
      // A runtime that ends before it has accepted the connection resets it.
      connection.on('error', () => {});
      t.after(() => connection.destroy());
      await once(connection, 'connect');
      const runtime = Number(
        await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8'),
      );
      process.kill(runtime, 'SIGTERM');
      const [code] = (await within(ended, 'the end of the runtime')) as [number | null];
      assert.equal(code, 0);
    },
  );
}
