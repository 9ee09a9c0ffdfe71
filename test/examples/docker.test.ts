import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { chown, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test, type TestContext } from 'node:test';
import { packPython } from '../../scripts/release/packers.ts';
import { MINUTE } from '../../src/units.ts';
import { buildImage, type Image } from '../kit/image/buildImage.ts';
import { containerAbsence } from '../kit/image/container.ts';
import { runImage } from '../kit/image/runImage.ts';
import { packNpm, ROOT } from '../kit/packages/npmPackage.ts';
import { until, within } from '../kit/processes/until.ts';

/** Each example, and what puts its kit next to it, as its Dockerfile allows. */
const EXAMPLES = [
  { language: 'python', addKit: (to: string) => packPython(join(ROOT, 'sdk/python'), to) },
  { language: 'typescript', addKit: (to: string) => packNpm('sdk/typescript', to) },
] as const;
const UNPRIVILEGED = 1000;

const skip = containerAbsence();
const folder = await mkdtemp(join(tmpdir(), 'asya-docker-'));
after(() => rm(folder, { recursive: true, force: true }));

for (const { language, addKit } of EXAMPLES) {
  const title = `the image of examples/docker/${language} serves its actor and stops on SIGTERM`;
  test(title, { skip }, async (t) => {
    const context = join(folder, language);
    await cp(join(ROOT, 'examples/docker', language), context, { recursive: true });
    await addKit(context);
    const image = await buildImage({
      dockerfile: join(context, 'Dockerfile'),
      context,
      folder: join(folder, `${language}-layers`),
      // The kit in the folder suffices.
      stepEnv: { PIP_NO_INDEX: '1', npm_config_offline: 'true' },
    });
    assert.deepEqual([image.config.user, image.config.stopSignal], ['1000:1000', 'SIGTERM']);
    await serveAndStop(t, image, join(folder, `${language}-socket`));
  });
}

/** The container has no privileges and a read-only file system, as in Kubernetes. */
async function serveAndStop(t: TestContext, image: Image, volume: string): Promise<void> {
  await mkdir(volume);
  await chown(volume, UNPRIVILEGED, UNPRIVILEGED);
  const container = runImage(image, { volumes: { '/var/run/asya': volume } });
  t.after(container.close);
  const ended = once(container.process, 'exit');
  const socketPath = join(volume, 'asya-runtime.sock');
  const hasEnded = (): boolean => container.process.exitCode !== null;
  await until(() => existsSync(socketPath) || hasEnded(), 'the socket of the runtime', MINUTE);
  if (hasEnded()) assert.fail(await container.output);
  assert.equal(statSync(socketPath).uid, UNPRIVILEGED);
  assert.deepEqual(await call(socketPath, { text: 'one two' }), { text: 'one two', words: 2 });
  container.kill('SIGTERM');
  assert.deepEqual(await within(ended, 'the end of the container'), [0, null]);
  assert.ok(!existsSync(socketPath));
}

async function call(socketPath: string, payload: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const sent = request({ socketPath, method: 'POST', path: '/', headers });
  sent.end(JSON.stringify(payload));
  const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream];
  return JSON.parse(await text(response));
}
