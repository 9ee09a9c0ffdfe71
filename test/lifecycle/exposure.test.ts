import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startSidecarProcess, type SidecarProcess } from '../kit/processes/sidecarProcess.ts';

/** The statements of SECURITY.md about access to a sidecar. */

test('only the owner of the database can read it and its auxiliary files', async (t) => {
  const { directory, sidecar } = await startEnd(t);
  await sidecar.ready();
  const modes = readdirSync(directory).map((name) => [
    name,
    statSync(join(directory, name)).mode & 0o777,
  ]);
  assert.deepEqual(Object.fromEntries(modes), {
    'queues.db': 0o600,
    'queues.db-bell': 0o600,
    'queues.db-shm': 0o600,
    'queues.db-wal': 0o600,
  });
});

test(
  'a sidecar listens on one port, at its configured address',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const { sidecar } = await startEnd(t);
    const { port } = new URL(sidecar.url);
    assert.deepEqual(listeningOf(sidecar.pid), [`0100007F:${hex(Number(port))}`]);
  },
);

async function startEnd(t: TestContext): Promise<{ directory: string; sidecar: SidecarProcess }> {
  const directory = await mkdtemp(join(tmpdir(), 'asya-exposure-'));
  const sidecar = await startSidecarProcess({
    ASYA_ACTOR_NAME: 'happy-end',
    ASYA_RUNTIME_PROTOCOL: 'none',
    ASYA_TRANSPORT: 'sqlite',
    ASYA_SQLITE_PATH: join(directory, 'queues.db'),
  });
  t.after(async () => {
    await sidecar.close();
    await rm(directory, { recursive: true });
  });
  return { directory, sidecar };
}

/** The addresses that a process listens on, in the notation of the kernel. */
function listeningOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  const own = new Set(
    readdirSync(folder).map((fd) => /^socket:\[(\d+)\]$/.exec(linkAt(join(folder, fd)))?.[1]),
  );
  return ['tcp', 'tcp6']
    .flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === LISTEN_STATE && own.has(inode))
    .map(([, address = '']) => address);
}

const LISTEN_STATE = '0A';

function linkAt(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // The descriptor was closed in the meantime.
  }
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}
