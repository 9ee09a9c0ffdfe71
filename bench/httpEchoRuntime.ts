import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

/**
 * A runtime that returns the body of each HTTP request, on a Unix socket, a TCP port and, with a
 * certificate, a TLS port. Sends the ports to its parent:
 *
 *   node bench/httpEchoRuntime.ts SOCKET [CERTIFICATE KEY]
 */
const [socketPath, certificate, key] = process.argv.slice(2);

const echo: RequestListener = (request, response) => {
  const { 'content-length': length } = request.headers;
  response.writeHead(200, {
    'content-type': 'application/json',
    ...(length && { 'content-length': length }),
  });
  request.pipe(response);
};

await once(createServer(echo).listen(socketPath), 'listening');
const http = await listen(createServer(echo));
const https =
  certificate === undefined || key === undefined
    ? undefined
    : await listen(
        createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) }, echo),
      );
process.send?.({ http, https });

async function listen(
  server: Pick<Server, 'listen' | 'address'> & NodeJS.EventEmitter,
): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
