import assert from 'node:assert/strict';
import test, { after, before, type TestContext } from 'node:test';
import type { TlsOptions } from '../../../../src/transport/rabbitmq/connection/connect.ts';
import { openBroker, type Broker } from '../../../kit/brokers/broker.ts';
import { createAuthority, createCertificate } from '../../../kit/brokers/certificates.ts';
import { createInbox } from '../../../kit/envelopes/inbox.ts';
import {
  localBroker,
  uniqueTopology,
  openRabbitmqTransport,
  type OpenedTransport,
} from '../../../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../../../kit/brokers/sharedBroker.ts';
import { until } from '../../../kit/processes/until.ts';

const authority = createAuthority('test authority');
const server = createCertificate('rabbit.example', authority);
const client = createCertificate('asya', authority);
const VALID = {
  ca: authority.cert,
  cert: client.cert,
  key: client.key,
  servername: 'rabbit.example',
};

// The broker requires client certificates.
let broker: Broker;
before(async () => {
  broker = await openBroker({
    series: sharedBroker().series,
    files: { 'ca.pem': authority.cert, 'cert.pem': server.cert, 'key.pem': server.key },
    config: (folder, port) => [
      `listeners.ssl.1 = 127.0.0.1:${port}`,
      `ssl_options.cacertfile = ${folder}/ca.pem`,
      `ssl_options.certfile = ${folder}/cert.pem`,
      `ssl_options.keyfile = ${folder}/key.pem`,
      'ssl_options.verify = verify_peer',
      'ssl_options.fail_if_no_peer_cert = true',
    ],
  });
});
after(() => broker.close());

test('messages are sent and received over TLS with a client certificate', async (t) => {
  const { transport, states } = await open(t, VALID);
  await states.until({ connected: true, missing: [] });
  const inbox = createInbox();
  await transport.receive(TOPOLOGY.actor, inbox.onDelivery, { prefetch: 1 });
  const body = Buffer.alloc(1_000_000, 'x');
  await transport.send(TOPOLOGY.actor, { body, headers: {} });
  const delivery = await inbox.next();
  assert.ok(delivery.body.equals(body));
  assert.equal(await transport.ack(delivery), true);
});

const REFUSALS: readonly [string, TlsOptions, RegExp][] = [
  [
    'a broker with a certificate of an unknown authority is rejected',
    { cert: client.cert, key: client.key, servername: 'rabbit.example' },
    /self-signed certificate in certificate chain/,
  ],
  [
    'a broker with a certificate of another authority of the same name is rejected',
    { ...VALID, ca: createAuthority(authority.name).cert },
    /certificate signature failure|unable to verify the first certificate/,
  ],
  [
    'a broker whose certificate lacks the configured server name is rejected',
    { ...VALID, servername: 'other.example' },
    /does not match certificate's altnames: Host: other\.example/,
  ],
  [
    'a broker whose certificate lacks its host name is rejected',
    { ca: VALID.ca, cert: VALID.cert, key: VALID.key },
    /does not match certificate's altnames: IP: 127\.0\.0\.1/,
  ],
  [
    'the broker refuses a client without a certificate',
    { ca: VALID.ca, servername: VALID.servername },
    /alert|ECONNRESET|socket/i,
  ],
];

for (const [title, tls, reason] of REFUSALS) {
  test(title, async (t) => {
    const { states, warnings } = await open(t, tls);
    await until(() => warnings.length > 0, 'a warning');
    assert.match(warnings.join(''), reason);
    assert.ok(states.all.every(({ connected }) => !connected));
  });
}

test('a refused virtual host is reported with the reply text of the broker over TLS', async (t) => {
  const { warnings } = await open(t, VALID, { vhost: 'nope' });
  await until(() => warnings.length > 0, 'a warning');
  assert.match(
    warnings.join(''),
    /"reason":"VHOST: 127\.0\.0\.1:\d+: NOT_ALLOWED - vhost nope not found"/,
  );
});

test('certificates are read again at each attempt to connect', async (t) => {
  const stale = { ...VALID, ca: createAuthority('former authority').cert };
  let mounted: TlsOptions = stale;
  const { states, warnings } = await open(t, () => mounted);
  await until(() => warnings.length > 0, 'a refusal');
  mounted = VALID;
  await states.until({ connected: true, missing: [] });
});

const TOPOLOGY = uniqueTopology();

function open(
  t: TestContext,
  tls: TlsOptions | (() => TlsOptions),
  { vhost = '/' } = {},
): Promise<OpenedTransport> {
  return openRabbitmqTransport(t, TOPOLOGY, {
    readBrokers: () => [{ ...localBroker(broker.tlsPort), tls: true, vhost }],
    readTlsOptions: typeof tls === 'function' ? tls : () => tls,
  });
}
