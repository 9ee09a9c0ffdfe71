import { execFile } from 'node:child_process';
import { parseArgs, promisify } from 'node:util';
import { formatReconciliation } from '../../src/cli/ledger/report.ts';
import { closeWhenInterrupted } from '../chaos/interrupt.ts';
import { openRabbitmqWorld } from '../chaos/rabbitmqWorld.ts';
import { openSqliteWorld } from '../chaos/sqliteWorld.ts';
import type { World } from '../chaos/world.ts';
import { PROGRAM } from '../../test/kit/processes/program.ts';
import { buildEarlier } from './earlierBuild.ts';
import { isGood, runUpgrade } from './upgrade.ts';

/**
 * Runs sidecars of an earlier commit and of this one on the same queues, and reports what became of
 * every envelope:
 *
 *   npm run test:upgrade -- v0.1.0                 on RabbitMQ and on a SQLite file
 *   npm run test:upgrade -- v0.1.0 --sqlite        on one of them: --sqlite, --rabbitmq, --rabbitmq4
 *
 * The commit is built in a git worktree in the folder for temporary files. The exit code is 0 when
 * nothing was lost.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sqlite: { type: 'boolean', default: false },
    rabbitmq: { type: 'boolean', default: false },
    rabbitmq4: { type: 'boolean', default: false },
  },
});
const [revision, ...others] = positionals;
if (revision === undefined || others.length > 0) {
  console.error('usage: npm run test:upgrade -- COMMIT [--sqlite] [--rabbitmq] [--rabbitmq4]');
  process.exit(2);
}

const startedAtMs = performance.now();
const say = (text: string): void => {
  console.log(`${((performance.now() - startedAtMs) / 1000).toFixed(1).padStart(7)} s  ${text}`);
};

const earlier = await buildEarlier(revision);
let open: World | undefined;
closeWhenInterrupted({
  close: async () => {
    await open?.close();
    await earlier.remove();
  },
});
say(`built ${earlier.commit}`);
try {
  const worlds = {
    sqlite: () => openSqliteWorld(createWith(earlier.program)),
    rabbitmq: () => openRabbitmqWorld('default'),
    rabbitmq4: () => openRabbitmqWorld('4'),
  };
  const named = (['sqlite', 'rabbitmq', 'rabbitmq4'] as const).filter((name) => values[name]);
  for (const name of named.length > 0 ? named : (['rabbitmq', 'sqlite'] as const)) {
    say(name);
    if (!(await runOn(await worlds[name]()))) process.exitCode = 1;
  }
} finally {
  await earlier.remove();
}

async function runOn(world: World): Promise<boolean> {
  open = world;
  try {
    const programs = { earlier: earlier.program, current: PROGRAM };
    const verdict = await runUpgrade({ world, programs, say });
    console.log(`\n${formatReconciliation(verdict.account)}`);
    if (verdict.failure !== undefined) console.log(`failed: ${verdict.failure}`);
    for (const error of verdict.blamed.slice(0, 20)) console.log(`not asked for: ${error}`);
    for (const exit of verdict.badExits) console.log(`exit code of ${exit}`);
    if (verdict.queues !== '') console.log(verdict.queues);
    return isGood(verdict);
  } finally {
    open = undefined;
    await world.close();
  }
}

/** Opening a file creates it, so that the current version meets a file of the earlier one. */
function createWith(program: string): (path: string) => Promise<void> {
  return async (path) => {
    const env = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: path };
    await promisify(execFile)(process.execPath, [program, 'replay', '--dry-run'], { env });
  };
}
