import { createServer } from 'node:net';

/** A runtime that answers each frame with itself: node bench/echoRuntime.ts SOCKET */
const [socketPath] = process.argv.slice(2);
createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.pipe(socket);
}).listen(socketPath, () => process.send?.('ready'));
