import assert from 'node:assert/strict';
import { test } from 'node:test';
import { templateActor, type ValuesByPath } from '../../kit/charts/actorRelease.ts';
import { findGoProgram } from '../../kit/programs/goProgram.ts';

const { path: helm, skip } = await findGoProgram('helm');

const NO_IMAGE = { 'runtime.image.repository': '' };
const NO_RUNTIME = { ...NO_IMAGE, 'runtime.protocol': 'none' };
const ELSEWHERE = { ...NO_IMAGE, 'runtime.url': 'https://model.models.svc/predict' };
const NO_SECRET = { 'broker.existingSecret': '' };
const SCALED = { 'autoscaling.enabled': true };

/** Values that the schema refuses, with the message of helm. */
const REFUSED_BY_SCHEMA: readonly (readonly [ValuesByPath, RegExp])[] = [
  [{ replica: 2 }, /additional properties 'replica' not allowed/],
  [{ replicas: '2' }, /at '\/replicas': got string, want integer/],
  [{ replicas: true }, /at '\/replicas': got boolean, want integer/],
  [{ 'actor.name': '_infer' }, /at '\/actor\/name': '_infer' does not match/],
  [{ 'actor.name': 'a'.repeat(201) }, /at '\/actor\/name'/],
  [{ 'actor.name': 7 }, /at '\/actor\/name': got number, want string/],
  [{ 'actor.concurrency': 0 }, /at '\/actor\/concurrency': minimum: got 0, want 1/],
  [{ 'actor.concurrency': '4' }, /at '\/actor\/concurrency': got string/],
  [{ 'actor.shutdownTimeout': 60 }, /at '\/actor\/shutdownTimeout': got number, want string/],
  [{ 'actor.shutdownTimeout': '60' }, /at '\/actor\/shutdownTimeout': '60' does not match/],
  [{ 'actor.shutdownTimeout': '100us' }, /at '\/actor\/shutdownTimeout'/],
  [{ 'actor.shutdownTimeout': '-1s' }, /at '\/actor\/shutdownTimeout'/],
  [{ 'actor.shutdownTimeout': '0s' }, /at '\/actor\/shutdownTimeout'/],
  [{ 'actor.retry': null }, /at '\/actor': missing property 'retry'/],
  [{ 'actor.retry.backoff': '1s,5s' }, /at '\/actor\/retry\/backoff': got string, want array/],
  [{ 'actor.retry.backoff': ['1s', 'soon'] }, /at '\/actor\/retry\/backoff\/1'/],
  [{ 'actor.limits.maxMessageBytes': '16 MB' }, /at '\/actor\/limits\/maxMessageBytes'/],
  [{ 'actor.breaker.errorRate': 50 }, /at '\/actor\/breaker\/errorRate': maximum/],
  [{ 'actor.rateLimit': '100/minute' }, /at '\/actor\/rateLimit'/],
  [{ 'broker.existingSecret': 'Broker' }, /at '\/broker\/existingSecret'/],
  [{ 'broker.queueType': 'stream' }, /at '\/broker\/queueType'/],
  [{ 'runtime.protocol': 'grpc' }, /at '\/runtime\/protocol'/],
  [{ 'runtime.port': 70000 }, /at '\/runtime\/port': maximum/],
  [{ 'runtime.image.tag': 1.1 }, /at '\/runtime\/image\/tag': got number, want integer or string/],
  [{ 'runtime.image.tag': 0 }, /at '\/runtime\/image\/tag': minimum: got 0, want 1/],
  [{ 'runtime.image.tag': 2 ** 53 }, /at '\/runtime\/image\/tag': maximum: got/],
  [{ 'runtime.image.digest': 'sha256:12' }, /at '\/runtime\/image\/digest'/],
  [{ 'runtime.env': [{ name: 'A B', value: 'x' }] }, /at '\/runtime\/env\/0\/name'/],
  [{ 'runtime.env': { A: 'x' } }, /at '\/runtime\/env': got object, want array/],
  [{ 'runtime.resources.limits': { memory: '1 GB' } }, /at '\/runtime\/resources\/limits\/memory'/],
  [{ 'runtime.stopSeconds': 1 }, /at '\/runtime\/stopSeconds': minimum/],
  [{ 'sidecar.startupProbe.periodSeconds': 1 }, /at '\/sidecar': .*'startupProbe' not allowed/],
  [{ 'sidecar.config.ASYA_CONCURENCY': 2 }, /at '\/sidecar\/config': .*'ASYA_CONCURENCY' not/],
  [{ 'sidecar.config.ASYA_TRACE_MAX_GAP': '1d' }, /at '\/sidecar\/config\/ASYA_TRACE_MAX_GAP'/],
  [{ 'sidecar.largestPayload': '' }, /at '\/sidecar\/largestPayload'/],
  [{ 'autoscaling.minReplicas': -1 }, /at '\/autoscaling\/minReplicas'/],
  [
    { 'autoscaling.fallback': { replicas: 2 } },
    /at '\/autoscaling\/fallback': missing property 'failureThreshold'/,
  ],
  [{ 'otel.endpoint': 'collector:4318' }, /at '\/otel\/endpoint'/],
  [{ 'otel.sampler': 'traceidratio' }, /at '\/otel\/samplerArg'/],
  [{ 'otel.sampler': 'traceidratio', 'otel.samplerArg': '10%' }, /at '\/otel\/samplerArg'/],
  [{ 'podDisruptionBudget.maxUnavailable': '50' }, /at '\/podDisruptionBudget\/maxUnavailable'/],
  [{ 'podMonitor.interval': '15' }, /at '\/podMonitor\/interval'/],
  [{ podLabels: { team: 'a b' } }, /at '\/podLabels\/team'/],
  [{ nodeSelector: { gpu: true } }, /at '\/nodeSelector\/gpu': got boolean, want string/],
  [{ fullnameOverride: 'a'.repeat(64) }, /at '\/fullnameOverride': maxLength: got 64, want 63/],
];

/** Values that contradict each other. */
const REFUSED_BY_RULES: readonly (readonly [ValuesByPath, RegExp])[] = [
  [{ podLabels: { 'app.kubernetes.io/name': 'x' } }, /podLabels\.app\.kubernetes\.io\/name: must/],
  [{ commonLabels: { 'app.kubernetes.io/instance': 'x' } }, /commonLabels\.app\.kubernetes\.io/],
  [{ 'actor.happyEnd': 'error-end' }, /actor\.happyEnd: must differ from actor\.errorEnd/],
  [{ 'actor.name': 'happy-end', 'actor.isEnd': false }, /actor\.isEnd: must not be false/],
  [
    NO_IMAGE,
    /runtime: set runtime\.image\.repository .*, runtime\.url .* or runtime\.protocol=none/,
  ],
  [
    { 'actor.isEnd': true, 'runtime.protocol': 'none' },
    /runtime\.protocol: none .* remove runtime\.image\.repository/,
  ],
  [NO_RUNTIME, /runtime\.protocol: none is for an end only: actor\.name "infer"/],
  [
    { ...NO_RUNTIME, 'actor.name': 'error-end' },
    /runtime\.protocol: none at error-end would discard/,
  ],
  [{ 'runtime.url': 'http://model/' }, /runtime\.url: .* remove runtime\.image\.repository/],
  [{ ...ELSEWHERE, 'runtime.port': 8000 }, /runtime\.url: .* remove .* runtime\.port/],
  [{ ...ELSEWHERE, 'runtime.path': '/x' }, /runtime\.path: must not be set together with runtime/],
  [{ ...ELSEWHERE, 'runtime.url': 'model:8000' }, /runtime\.url: must be a URL such as/],
  [{ ...ELSEWHERE, 'runtime.url': 'http://a:b@m/' }, /runtime\.url: .*without credentials/],
  [{ ...ELSEWHERE, 'runtime.protocol': 'envelope' }, /runtime\.url: needs runtime\.protocol http/],
  [
    { 'runtime.port': 8000, 'runtime.protocol': 'payload' },
    /runtime\.port: needs runtime\.protocol/,
  ],
  [{ 'runtime.port': 8080 }, /runtime\.port: must differ from sidecar\.port: both are 8080/],
  [{ 'runtime.healthPath': '/health' }, /runtime\.healthPath: needs runtime\.protocol http/],
  [
    { 'runtime.tls.existingSecret': 'model' },
    /runtime\.tls: needs a runtime\.url that begins with/,
  ],
  [
    { 'actor.batch.size': 8, 'runtime.protocol': 'envelope' },
    /actor\.batch\.size: needs runtime\.protocol payload or http: it is envelope/,
  ],
  [NO_SECRET, /broker: set broker\.existingSecret .*, broker\.url or broker\.host/],
  [{ 'broker.host': 'rabbitmq' }, /broker: set only one of broker\.existingSecret/],
  [{ 'broker.username': 'asya' }, /broker\.username: needs broker\.host/],
  [{ ...NO_SECRET, 'broker.url': 'http://rabbitmq' }, /broker\.url: must be AMQP URLs such as/],
  [
    { ...NO_SECRET, 'broker.url': 'amqp://rabbitmq', 'broker.tls.existingSecret': 'ca' },
    /broker\.tls: needs a broker\.url that begins with amqps:/,
  ],
  [{ 'broker.tls.keys.cert': 'tls.crt' }, /broker\.tls\.keys: cert and key must be set together/],
  [
    { 'otel.tls.existingSecret': 'ca', 'otel.tls.keys.ca': '' },
    /otel\.tls\.keys: set ca, or cert and key/,
  ],
  [{ 'sidecar.config.ASYA_CONCURRENCY': 2 }, /ASYA_CONCURRENCY: set actor\.concurrency instead/],
  [{ 'sidecar.config.ASYA_RABBITMQ_URL': 'x' }, /ASYA_RABBITMQ_URL: set broker\.existingSecret in/],
  [
    { 'sidecar.extraEnv': [{ name: 'ASYA_SHUTDOWN_TIMEOUT', value: '5m' }] },
    /sidecar\.extraEnv: ASYA_SHUTDOWN_TIMEOUT .* set actor\.shutdownTimeout instead/,
  ],
  [
    { 'sidecar.extraEnv': [{ name: 'OTEL_RESOURCE_ATTRIBUTES', value: 'a=b' }] },
    /sidecar\.extraEnv: OTEL_RESOURCE_ATTRIBUTES is set by the chart/,
  ],
  [{ 'actor.shutdownTimeout': '597h' }, /actor\.shutdownTimeout: must be from 1ms to 596h/],
  [{ 'actor.shutdownTimeout': '0.1ms' }, /actor\.shutdownTimeout: must be from 1ms to 596h/],
  [{ terminationGracePeriodSeconds: 49 }, /terminationGracePeriodSeconds: must be at least 50/],
  [SCALED, /autoscaling\.management: set one of autoscaling\.management\.existingSecret/],
  [
    { ...SCALED, 'autoscaling.management.url': 'amqp://rabbitmq' },
    /autoscaling\.management\.url: must be a URL such as http:/,
  ],
  [
    { ...SCALED, 'autoscaling.management.existingSecret': 'm', 'autoscaling.minReplicas': 11 },
    /autoscaling\.minReplicas: must not exceed autoscaling\.maxReplicas \(10\)/,
  ],
  ...[{}, { name: 'office_hours' }, { name: 'mess' }].map(
    (named) =>
      [
        {
          ...SCALED,
          'autoscaling.management.existingSecret': 'm',
          'autoscaling.prometheus.serverAddress': 'http://prometheus',
          'autoscaling.extraTriggers': [{ type: 'cron', ...named }],
        },
        /autoscaling\.extraTriggers: KEDA ignores a trigger that is not in autoscaling\.prometheus/,
      ] as const,
  ),
  [
    {
      ...SCALED,
      'autoscaling.management.existingSecret': 'm',
      'sidecar.config.ASYA_TRANSPORT': 'sqlite',
    },
    /autoscaling\.enabled: needs RabbitMQ: sidecar\.config\.ASYA_TRANSPORT is sqlite/,
  ],
];

for (const [values, message] of [...REFUSED_BY_SCHEMA, ...REFUSED_BY_RULES]) {
  test(`helm refuses ${JSON.stringify(values).slice(0, 100)}`, { skip }, () => {
    const { status, stderr } = templateActor(helm, values);
    assert.equal(status, 1);
    assert.match(stderr, message);
  });
}

test('the message about an invalid URL does not contain its password', { skip }, () => {
  for (const [path, values] of Object.entries({
    'broker.url': NO_SECRET,
    'autoscaling.management.url': SCALED,
    'runtime.url': NO_IMAGE,
  })) {
    const { stderr } = templateActor(helm, { ...values, [path]: 'htp://asya:hunter2@rabbitmq' });
    assert.match(stderr, new RegExp(`${path}: must be`));
    assert.doesNotMatch(stderr, /hunter2/);
  }
});

test('helm refuses Kubernetes 1.29, which has no preStop sleep', { skip }, () => {
  const { status, stderr } = templateActor(helm, {}, '--kube-version=1.29.9');
  assert.equal(status, 1);
  assert.match(stderr, /requires kubeVersion: >=1\.30\.0-0/);
  assert.equal(templateActor(helm, {}, '--kube-version=v1.30.2-gke.1').status, 0);
});
