import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { connectTo } from '../../../src/runtime/socket/connect.ts';
import type { Endpoint } from '../../../src/runtime/socket/endpoint.ts';
import { freePorts } from '../../kit/processes/ports.ts';
import { tcpEndpoint } from '../../kit/runtimes/endpoints.ts';
import { openRawTcpServer } from '../../kit/runtimes/tcpServer.ts';

async function absenceOf(endpoint: Endpoint, timeoutMs = 2_000): Promise<string> {
  const connected = await connectTo(endpoint, timeoutMs);
  if ('absent' in connected) return connected.absent;
  connected.socket.destroy();
  return 'connected';
}

test('a port on which no process listens is named', async () => {
  const [port = 0] = await freePorts(1);
  assert.equal(
    await absenceOf(tcpEndpoint(port)),
    `nothing listens on 127.0.0.1:${port} (ECONNREFUSED)`,
  );
  assert.equal(
    await absenceOf(tcpEndpoint(port, { host: 'localhost' })),
    `nothing listens on localhost:${port} (ECONNREFUSED)`,
  );
});

test('a host name that does not exist is named', async () => {
  const reason = await absenceOf(tcpEndpoint(80, { host: 'model.invalid' }));
  assert.match(
    reason,
    /^the host name model\.invalid (?:does not exist \(ENOTFOUND\)|cannot be resolved: .*\(EAI_AGAIN\))$/,
  );
});

test('a host that does not answer makes the connect end in time', async (t) => {
  // Linux drops the SYN of a connection while the backlog of the listening process is full.
  if (process.platform !== 'linux') return t.skip('another system refuses the connection');
  const server = spawn('python3', ['-uc', FULL_BACKLOG], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => server.kill());
  const [line] = (await once(server.stdout, 'data')) as [Buffer];
  const port = Number(line.toString());
  assert.equal(
    await absenceOf(tcpEndpoint(port), 100),
    `no connection to 127.0.0.1:${port} within 100 ms`,
  );
});

/** Listens, accepts nothing, fills the backlog, prints the port, and waits for the end of stdin. */
const FULL_BACKLOG = `
import socket, sys
server = socket.create_server(('127.0.0.1', 0), backlog=0)
port = server.getsockname()[1]
clients = []
try:
    for _ in range(9):
        clients.append(socket.create_connection(('127.0.0.1', port), timeout=0.3))
except TimeoutError:
    print(port)
    sys.stdin.read()
`;

test('a server on IPv6 is reached by its address', async (t) => {
  let server;
  try {
    server = await openRawTcpServer(t, (socket) => socket.resume(), '::1');
  } catch {
    return t.skip('this machine has no IPv6');
  }
  assert.equal(await absenceOf(tcpEndpoint(server.port, { host: '::1' })), 'connected');
});
