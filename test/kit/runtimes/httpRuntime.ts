import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Script, ScriptedRuntime } from './scriptedRuntime.ts';

/** Starts a web server on a Unix socket that answers each request from a script. */
export async function startHttpRuntime(
  socketPath: string,
  script: Script,
): Promise<ScriptedRuntime> {
  const calls: string[] = [];
  const hanging: ServerResponse[] = [];

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    calls.push(Buffer.concat(chunks).toString());
    const answer = await runtime.script(calls.at(-1) ?? '', calls.length);
    if (answer === 'hang') hanging.push(response);
    else if (answer === 'die') response.destroy();
    else response.end(answer);
  }

  const server = createServer((request, response) => void serve(request, response));
  const runtime: ScriptedRuntime = {
    calls,
    script,
    release: (answer) => {
      for (const response of hanging.splice(0)) response.end(answer);
    },
    start: async () => {
      await once(server.listen(socketPath), 'listening');
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(socketPath, { force: true });
    },
  };
  await runtime.start();
  return runtime;
}
