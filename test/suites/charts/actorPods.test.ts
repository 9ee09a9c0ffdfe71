import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actorPod, renderActor, type ValuesByPath } from '../../kit/charts/actorRelease.ts';
import { chartFolder } from '../../kit/charts/chartFiles.ts';
import { runHelm } from '../../kit/charts/helm.ts';
import { containersOf, type Fields, type Manifest } from '../../kit/manifests/manifest.ts';
import { assertRestricted } from '../../kit/manifests/podSecurity.ts';
import { findGoProgram } from '../../kit/programs/goProgram.ts';

const { path: helm, skip } = await findGoProgram('helm');

interface Sidecar extends Fields {
  readonly env: readonly { readonly name: string; readonly value?: unknown }[];
  readonly resources: { readonly limits: Fields };
}

function sidecarOf(manifests: readonly Manifest[]): Sidecar {
  const found = containersOf(actorPod(manifests)).find(({ name }) => name === 'sidecar');
  assert.ok(found !== undefined);
  return found as unknown as Sidecar;
}

function envOf(values: ValuesByPath): ReadonlyMap<string, unknown> {
  const { env } = sidecarOf(renderActor(helm, values));
  return new Map(env.map(({ name, value }) => [name, value]));
}

function find(manifests: readonly Manifest[], kind: string): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind);
  assert.ok(found !== undefined, kind);
  return found;
}

test('the name of the release is that of the objects and of the actor', { skip }, () => {
  const manifests = renderActor(helm, {});
  assert.deepEqual(
    manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    ['ServiceAccount infer', 'Deployment infer'],
  );
  assert.equal(envOf({}).get('ASYA_ACTOR_NAME'), 'infer');
});

test('an actor may have a name that Kubernetes does not allow', { skip }, () => {
  const values = { 'actor.name': 'Img_2.', podLabels: { role: 'images' } };
  const manifests = renderActor(helm, values);
  assert.equal(envOf(values).get('ASYA_ACTOR_NAME'), 'Img_2.');
  for (const { metadata } of manifests) assert.equal(metadata.name, 'infer');
});

test('objects may have a name of 63 characters, also with KEDA', { skip }, () => {
  const fullnameOverride = 'a'.repeat(63);
  const scaled = renderActor(helm, {
    fullnameOverride,
    'autoscaling.enabled': true,
    'autoscaling.management.existingSecret': 'management',
  });
  assert.equal(find(scaled, 'Deployment').metadata.name, fullnameOverride);
  const { advanced } = find(scaled, 'ScaledObject').spec as {
    advanced: { horizontalPodAutoscalerConfig: { name: string } };
  };
  assert.equal(advanced.horizontalPodAutoscalerConfig.name.length, 63);
});

test('numbers and booleans are passed on as the text that they were written as', { skip }, () => {
  const env = envOf({
    'actor.limits.maxMessageBytes': 16_711_680,
    'actor.limits.maxFanout': 1_000_000,
    'actor.breaker.errorRate': 0.05,
    'broker.autoCreate': false,
    'actor.limits.maxDeferrals': 100,
    'sidecar.config.ASYA_METRICS_ENABLED': false,
    'sidecar.extraEnv': [{ name: 'OTEL_BSP_MAX_QUEUE_SIZE', value: 4_194_304 }],
  });
  assert.deepEqual(
    ['MAX_MESSAGE_BYTES', 'MAX_FANOUT', 'BREAKER_ERROR_RATE', 'QUEUE_AUTO_CREATE']
      .concat('MAX_DEFERRALS', 'METRICS_ENABLED')
      .map((name) => env.get(`ASYA_${name}`)),
    ['16711680', '1000000', '0.05', 'false', '100', 'false'],
  );
  assert.equal(env.get('OTEL_BSP_MAX_QUEUE_SIZE'), '4194304');
});

test('a password is in the created Secret only, and a new one restarts the pods', { skip }, () => {
  const render = (password: string): readonly Manifest[] =>
    renderActor(helm, {
      'broker.existingSecret': '',
      'broker.url': `amqp://asya:${password}@rabbitmq:5672/`,
    });
  const [first, second] = [render('hunter2'), render('hunter3')];
  const others = first.filter(({ kind }) => kind !== 'Secret');
  assert.doesNotMatch(JSON.stringify(others), /hunter2/);
  assert.match(JSON.stringify(find(first, 'Secret')), /amqp:\/\/asya:hunter2@rabbitmq:5672\//);
  assert.notDeepEqual(find(first, 'Deployment'), find(second, 'Deployment'));
});

for (const [values, limit] of [
  [{}, '512Mi'],
  [{ 'sidecar.largestPayload': '10MB', 'actor.concurrency': 4 }, '512Mi'],
  [{ 'sidecar.largestPayload': '10MB', 'actor.concurrency': 16 }, '650Mi'],
  [{ 'sidecar.largestPayload': '64MiB', 'actor.batch.size': 2 }, '576Mi'],
  [{ 'sidecar.largestPayload': 10_485_760, 'actor.prefetch': 20 }, '792Mi'],
  [{ 'sidecar.resources.limits': { memory: '2Gi' } }, '2Gi'],
] as const) {
  test(`the memory limit is ${limit} with ${JSON.stringify(values)}`, { skip }, () => {
    assert.equal(sidecarOf(renderActor(helm, values)).resources.limits['memory'], limit);
  });
}

test(
  'attributes of the values are percent-encoded, and replace those of the chart',
  { skip },
  () => {
    const text = String(
      envOf({
        'otel.resourceAttributes': {
          owner: 'a, b=c % $(HOME) ü +',
          'k8s.node.name': 'laptop',
        },
      }).get('OTEL_RESOURCE_ATTRIBUTES'),
    );
    const attributes = new Map(
      text.split(',').map((pair) => pair.split('=').map(decodeURIComponent) as [string, string]),
    );
    assert.equal(attributes.get('owner'), 'a, b=c % $(HOME) ü +');
    assert.equal(attributes.get('k8s.node.name'), 'laptop');
    assert.equal(attributes.get('k8s.pod.name'), '$(K8S_POD_NAME)');
    assert.equal(text.match(/k8s\.node\.name/g)?.length, 1);
  },
);

test('values may refer to variables of extraEnv, and these to the downward API', { skip }, () => {
  const hostIp = { name: 'HOST_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } };
  const names = [
    ...envOf({
      'otel.endpoint': 'http://$(HOST_IP):4318',
      'runtime.image.repository': '',
      'runtime.url': 'http://$(HOST_IP):8000/',
      'sidecar.extraEnv': [hostIp, { name: 'POD', value: '$(K8S_POD_NAME)' }],
    }).keys(),
  ];
  const order = ['K8S_POD_NAME', 'HOST_IP', 'ASYA_RUNTIME_URL', 'OTEL_EXPORTER_OTLP_ENDPOINT'];
  assert.deepEqual(
    names.filter((name) => order.includes(name)),
    order,
  );
});

test('a tag may be a number, as --set writes it', { skip }, () => {
  const { containers } = actorPod(
    renderActor(helm, { 'runtime.image.repository': 'infer', 'runtime.image.tag': 20_261_130 }),
  );
  assert.equal((containers[0] as unknown as Fields)['image'], 'infer:20261130');
});

test('the labels of one object replace those of all objects', { skip }, () => {
  const manifests = renderActor(helm, {
    'podMonitor.enabled': true,
    'podMonitor.labels': { release: 'prometheus' },
    commonLabels: { release: 'shop' },
  });
  assert.equal(find(manifests, 'PodMonitor').metadata.labels?.['release'], 'prometheus');
  assert.equal(find(manifests, 'Deployment').metadata.labels?.['release'], 'shop');
});

test('user and group can be left to OpenShift', { skip }, () => {
  const { securityContext } = actorPod(
    renderActor(helm, { podSecurityContext: { runAsUser: null, runAsGroup: null, fsGroup: null } }),
  );
  assert.deepEqual(Object.keys(securityContext ?? {}), [
    'fsGroupChangePolicy',
    'runAsNonRoot',
    'seccompProfile',
  ]);
});

test('the topology spread counts the pods of the actor by default', { skip }, () => {
  const own = { matchLabels: { zone: 'a' } };
  const constraint = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' };
  const pod = actorPod(
    renderActor(helm, {
      topologySpreadConstraints: [constraint, { ...constraint, labelSelector: own }],
    }),
  ) as unknown as { readonly topologySpreadConstraints: readonly Fields[] };
  assert.deepEqual(
    pod.topologySpreadConstraints.map(({ labelSelector }) => labelSelector),
    [
      {
        matchLabels: {
          'app.kubernetes.io/instance': 'infer',
          'app.kubernetes.io/name': 'asya-actor',
        },
      },
      own,
    ],
  );
});

test('pods of all kinds pass Pod Security "restricted" without other values', { skip }, () => {
  for (const values of [
    {},
    { 'check.enabled': true },
    { 'runtime.port': 8000 },
    { 'runtime.image.repository': '', 'runtime.url': 'http://model/' },
  ]) {
    assertRestricted(actorPod(renderActor(helm, values)));
  }
});

test('the notes have the commands for the first message, failures and the page', { skip }, () => {
  const set = ['runtime.image.repository=infer', 'broker.url=amqp://u:hunter2@rabbitmq/'];
  const args = ['install', 'infer', chartFolder('asya-actor'), '--dry-run=client', '-n', 'shop'];
  const { stdout, stderr } = runHelm(helm, [...args, '--set', set.join(',')]);
  const notes = stdout.slice(stdout.indexOf('NOTES:'));
  assert.match(
    notes,
    /kubectl -n shop exec -i deploy\/infer -c sidecar .* send --route infer -$/m,
    stderr,
  );
  assert.match(notes, /asya-sidecar errors list$/m);
  assert.match(notes, /asya-sidecar ui --read-only$/m);
  assert.match(notes, /runtime\.image has neither a tag nor a digest/);
  assert.match(notes, /A call may take 5m \(runtime\.timeout\)/);
  assert.match(notes, /Prefer broker\.existingSecret/);
  assert.doesNotMatch(notes, /hunter2/);
});
