import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actorPod, renderActor, type ValuesByPath } from '../../kit/charts/actorRelease.ts';
import { containersOf, type Container } from '../../kit/manifests/manifest.ts';
import { findGoProgram } from '../../kit/programs/goProgram.ts';

const { path: helm, skip } = await findGoProgram('helm');

const NO_IMAGE = { 'runtime.image.repository': '' };
const IN_THE_POD: readonly ValuesByPath[] = [{}, { 'runtime.port': 8000 }];
const WITHOUT_CONTAINER: readonly ValuesByPath[] = [
  { ...NO_IMAGE, 'runtime.url': 'https://model.models.svc/predict' },
  { ...NO_IMAGE, 'runtime.protocol': 'none', 'actor.name': 'happy-end' },
];

/** A shutdown time-out as the sidecar parses it, and the same in whole seconds, rounded up. */
const TIMEOUTS = [
  ['', 30],
  ['60s', 60],
  ['1m30s', 90],
  ['500ms', 1],
  ['1500ms', 2],
  ['1.5h', 5400],
  ['2m', 120],
  ['1h0m0.5s', 3601],
  ['30s1m', 90],
  ['1ms', 1],
  ['596h', 2_145_600],
] as const;

function shutdownOf(values: ValuesByPath) {
  const pod = actorPod(renderActor(helm, values));
  const find = (name: string): Container | undefined =>
    containersOf(pod).find((container) => container.name === name);
  const [sidecar, runtime] = [find('sidecar'), find('runtime')];
  return {
    graceSeconds: pod.terminationGracePeriodSeconds,
    sleepSeconds: runtime?.lifecycle?.preStop?.sleep?.seconds,
    drain: sidecar?.lifecycle?.preStop?.exec?.command,
    restartPolicy: sidecar?.restartPolicy,
  };
}

for (const [timeout, seconds] of TIMEOUTS) {
  const values = { 'actor.shutdownTimeout': timeout };

  test(`a runtime in the pod outlasts a shutdown of ${timeout || 'the default'}`, { skip }, () => {
    for (const shape of IN_THE_POD) {
      assert.deepEqual(shutdownOf({ ...shape, ...values }), {
        graceSeconds: seconds + 20,
        sleepSeconds: seconds + 5,
        drain: ['sh', '-c', 'kill -TERM 1'],
        restartPolicy: 'Always',
      });
    }
  });

  test(`a sidecar alone has time for a shutdown of ${timeout || 'the default'}`, { skip }, () => {
    for (const shape of WITHOUT_CONTAINER) {
      assert.deepEqual(shutdownOf({ ...shape, ...values }), {
        graceSeconds: seconds + 15,
        sleepSeconds: undefined,
        drain: undefined,
        restartPolicy: undefined,
      });
    }
  });
}

test('the time in which a runtime stops is part of the grace period', { skip }, () => {
  const { graceSeconds } = shutdownOf({ 'runtime.stopSeconds': 60 });
  assert.equal(graceSeconds, 30 + 5 + 60);
  const longer = shutdownOf({ terminationGracePeriodSeconds: 600 });
  assert.deepEqual([longer.graceSeconds, longer.sleepSeconds], [600, 35]);
});

test('a preStop hook of the values replaces the sleep as a whole', { skip }, () => {
  const pod = actorPod(
    renderActor(helm, { 'runtime.lifecycle': { preStop: { exec: { command: ['drain'] } } } }),
  );
  const [runtime] = pod.containers;
  assert.deepEqual(runtime?.lifecycle, { preStop: { exec: { command: ['drain'] } } });
});
