import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderActor, type ValuesByPath } from '../../kit/charts/actorRelease.ts';
import { findGoProgram } from '../../kit/programs/goProgram.ts';

const { path: helm, skip } = await findGoProgram('helm');

interface Rule {
  readonly ports: readonly { readonly port: number; readonly protocol: string }[];
}

interface Policy {
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
}

function policyOf(values: ValuesByPath): Policy {
  const policy = renderActor(helm, { 'networkPolicy.enabled': true, ...values }).find(
    ({ kind }) => kind === 'NetworkPolicy',
  );
  assert.ok(policy !== undefined);
  return policy.spec as unknown as Policy;
}

function portsOf(rules: readonly Rule[]): readonly (readonly number[])[] {
  return rules.map(({ ports }) => ports.map(({ port }) => port));
}

test('Prometheus reaches the metrics by the number of their port', { skip }, () => {
  const { ingress } = policyOf({
    'networkPolicy.metricsNamespaces': ['monitoring'],
    'sidecar.port': 9090,
  });
  assert.deepEqual(portsOf(ingress), [[9090]]);
});

test('DNS is permitted on its own port and on that of the pods in OpenShift', { skip }, () => {
  const [dns] = policyOf({}).egress;
  assert.deepEqual(
    dns?.ports.map(({ port, protocol }) => `${protocol} ${port}`),
    ['UDP 53', 'TCP 53', 'UDP 5353', 'TCP 5353'],
  );
});

const NO_SECRET = { 'broker.existingSecret': '' };

for (const [values, ports] of [
  [{}, [5672, 5671]],
  [{ ...NO_SECRET, 'broker.host': 'rabbitmq' }, [5672, 5671]],
  [{ ...NO_SECRET, 'broker.host': 'rabbitmq', 'broker.port': 5679 }, [5679]],
  [{ ...NO_SECRET, 'broker.url': 'amqp://asya:a:1@b-1:5679/shop' }, [5679]],
  [{ ...NO_SECRET, 'broker.url': 'amqps://a, AMQP://b/v, amqp://[::1]' }, [5671, 5672]],
  [{ 'networkPolicy.broker.ports': [30_672] }, [30_672]],
] as const) {
  test(
    `the broker is permitted on ${ports.join(' and ')} with ${JSON.stringify(values)}`,
    { skip },
    () => {
      assert.deepEqual(portsOf(policyOf(values).egress)[1], ports);
    },
  );
}

test('a Service may have another port than its pods, to which a policy applies', { skip }, () => {
  const values = {
    'runtime.image.repository': '',
    'runtime.url': 'https://model.models.svc/predict',
    'otel.endpoint': 'http://collector.observability',
  };
  assert.deepEqual(portsOf(policyOf(values).egress).slice(2), [[80], [443]]);
  const { egress } = policyOf({
    ...values,
    'networkPolicy.collector.ports': [4318],
    'networkPolicy.runtime.ports': [8443, 8444],
  });
  assert.deepEqual(portsOf(egress).slice(2), [[4318], [8443, 8444]]);
});
