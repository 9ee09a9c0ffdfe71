import { once } from 'node:events';
import { statSync } from 'node:fs';
import { defineCommand, type CommandContext } from './command/command.ts';
import { readCommandConfig } from './command/config.ts';
import { CommandError, EXIT } from './command/exit.ts';
import { resolveHost } from './tail/access/resolveEndpoints.ts';
import { parseSidecarAddress } from './tail/access/sidecarAddress.ts';
import { createTokenReader } from './tail/access/tokenFile.ts';
import { printable } from './terminal/printable.ts';
import { UI_OPTIONS } from './ui/options.ts';
import { createRooms, type RoomOptions } from './ui/rooms.ts';
import { readServerSettings } from './ui/server/settings.ts';
import { openUiServer } from './ui/server/uiServer.ts';
import { UiTransport } from './ui/server/uiTransport.ts';

export const uiCommand = defineCommand({
  name: 'ui',
  summary: 'serves a page that shows the pipeline and handles failed messages',
  description: [
    `Serves a page for a browser on this machine, and prints its address: the actors and their
    queues, the failed messages, the journeys and the hops. Failed messages can be replayed, discarded
    and exported, and envelopes sent. Ctrl-C ends it.`,
    `The page uses the broker or the SQLite database of the configuration. Hops, rates and readiness need
    --sidecars; waterfalls need --traces. The page works without a source, and names it.`,
    `The address contains a token, which is created at each start. A server that listens on another
    address than that of the loopback interface needs --token-file, and --tls-cert with --tls-key or
    --behind-proxy.`,
    'Example: asya-sidecar ui --sidecars :8080 infer.default:8080 --traces traces/*.jsonl',
  ],
  options: UI_OPTIONS,
  async run(args, context) {
    const config = readCommandConfig(context.environment);
    const { links, addressLine, ...settings } = readServerSettings(args);
    const { isReadOnly } = settings;
    const follow = readFollowing(args.valuesOf('sidecars'), args.valueOf('hops-token-file'));
    const traceFiles = args.valuesOf('traces');
    const archiveFolder = readFolder(args.valueOf('archive-folder') ?? '.');
    const transport = new UiTransport({ config, context });
    const sources = { config, context, transport, follow, traceFiles, archiveFolder };
    const rooms = createRooms({ ...sources, isReadOnly, links });
    const { terminal, log, stopped } = context;
    const report = (line: string): void => terminal.err(`${printable(line)}\n`);
    rooms.start();
    try {
      const { routes } = rooms;
      const server = await openUiServer({ ...settings, routes, report, log });
      terminal.out(`${addressLine(server.port)}\n`);
      await untilStopped(stopped);
      await server.close();
    } finally {
      rooms.stop();
      await transport.close();
    }
    return EXIT.done;
  },
});

/**
 * Reads the options of the sidecars.
 * @throws {UsageError}
 * @throws {CommandError} for a token file that cannot be used
 */
function readFollowing(
  sidecars: readonly string[],
  tokenFile: string | undefined,
): RoomOptions['follow'] {
  const addresses = sidecars.map(parseSidecarAddress);
  const readToken = createTokenReader('hops-token-file', tokenFile);
  readToken();
  return { addresses, resolve: resolveHost, readToken };
}

/** @throws {CommandError} now, and not at the first discard */
function readFolder(path: string): string {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isFolder) return path;
  throw new CommandError(`--archive-folder: "${path}" is not a folder`);
}

async function untilStopped(stopped: CommandContext['stopped']): Promise<void> {
  if (!stopped.aborted) await once(stopped, 'abort');
}
