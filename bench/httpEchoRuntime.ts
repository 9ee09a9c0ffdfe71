import { createServer } from 'node:http';

/**
 * A runtime that returns the body of each HTTP request:
 *
 *   node bench/httpEchoRuntime.ts SOCKET
 */
const [socketPath] = process.argv.slice(2);

createServer((request, response) => {
  const { 'content-length': length } = request.headers;
  response.writeHead(200, {
    'content-type': 'application/json',
    ...(length && { 'content-length': length }),
  });
  request.pipe(response);
}).listen(socketPath, () => process.send?.('ready'));
