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

const authority = createAuthority('an authority of our own');
const server = createCertificate('rabbit.example', authority);
const client = createCertificate('asya', authority);
const OURS = {
  ca: authority.cert,
  cert: client.cert,
  key: client.key,
  servername: 'rabbit.example',
};

// It talks to nobody who shows no certificate.
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

test('with the authority, a certificate of its own and the right name, work goes on as ever', async (t) => {
  const { transport, states } = await open(t, OURS);
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
    'a broker for which nobody known vouches is refused',
    { cert: client.cert, key: client.key, servername: 'rabbit.example' },
    /self-signed certificate in certificate chain/,
  ],
  [
    'a broker for which another authority of that name vouches is refused',
    { ...OURS, ca: createAuthority(authority.name).cert },
    /certificate signature failure|unable to verify the first certificate/,
  ],
  [
    'a broker whose certificate bears another name than was asked for is refused',
    { ...OURS, servername: 'other.example' },
    /does not match certificate's altnames: Host: other\.example/,
  ],
  [
    'a broker whose certificate does not bear the host that was connected to is refused',
    { ca: OURS.ca, cert: OURS.cert, key: OURS.key },
    /does not match certificate's altnames: IP: 127\.0\.0\.1/,
  ],
  [
    'a client that shows no certificate is refused by the broker, in its words',
    { ca: OURS.ca, servername: OURS.servername },
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

test('a refused virtual host is reported in the words of the broker over TLS too', async (t) => {
  const { warnings } = await open(t, OURS, { vhost: 'nope' });
  await until(() => warnings.length > 0, 'a warning');
  assert.match(
    warnings.join(''),
    /"reason":"VHOST: 127\.0\.0\.1:\d+: NOT_ALLOWED - vhost nope not found"/,
  );
});

test('certificates that are exchanged are read again at the next connect', async (t) => {
  const stale = { ...OURS, ca: createAuthority('of old').cert };
  let mounted: TlsOptions = stale;
  const { states, warnings } = await open(t, () => mounted);
  await until(() => warnings.length > 0, 'a refusal');
  mounted = OURS;
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
