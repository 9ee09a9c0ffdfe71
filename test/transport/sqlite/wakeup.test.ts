import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runBin, startSidecarProcess } from '../../kit/processes/sidecarProcess.ts';

/** The limits of inotify, and the error code when each is exhausted. */
const LIMITS = [
  ['max_inotify_instances', 'EMFILE'],
  ['max_inotify_watches', 'ENOSPC'],
] as const;

for (const [limit, code] of LIMITS) {
  test(`a sidecar logs one warning and polls its file when inotify is exhausted (${limit})`, async (t) => {
    const launcher = withoutInotify(limit);
    if (spawnSync(launcher[0], [...launcher.slice(1), 'true']).status !== 0)
      return t.skip('unshare cannot create a user namespace with a limit');
    const directory = await mkdtemp(join(tmpdir(), 'asya-wakeup-'));
    const variables = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: join(directory, 'queues.db') };
    const sidecar = await startSidecarProcess(
      { ...variables, ASYA_ACTOR_NAME: 'happy-end', ASYA_RUNTIME_PROTOCOL: 'none' },
      launcher,
    );
    t.after(async () => {
      await sidecar.close();
      await rm(directory, { recursive: true });
    });

    const { level, reason } = await sidecar.logged(
      'sqlite wakeup file not watched; polling every second',
    );
    assert.equal(level, 'warn');
    assert.match(String(reason), new RegExp(code));
    for (const id of ['a', 'b']) {
      const envelope = { id, route: { actors: ['happy-end'], current: 0 }, payload: 1 };
      assert.equal((await runBin(['send', '-'], variables, JSON.stringify(envelope))).err, '');
      assert.equal((await sidecar.logged('hop: end'))['envelope_id'], id);
    }
    sidecar.kill('SIGTERM');
    assert.equal(await sidecar.ended(), 0);
    assert.equal(
      sidecar.count('sqlite wakeup file not watched; polling every second'),
      0,
      'one warning is logged',
    );
  });
}

/** A launcher that runs a command in a new user namespace in which a limit is 0. */
function withoutInotify(limit: string): readonly [string, ...string[]] {
  return ['unshare', '-U', '-r', 'sh', '-c', `echo 0 > /proc/sys/user/${limit} && exec "$@"`, 'sh'];
}
