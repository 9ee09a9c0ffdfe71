import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { OpenTransport } from '../../../src/cli/command/command.ts';
import { readCommandConfig } from '../../../src/cli/command/config.ts';
import { Errors, type ErrorsOptions } from '../../../src/cli/ui/errors/errors.ts';
import type { Environment } from '../../../src/config/config.ts';
import { silentLog } from '../../../src/log.ts';
import { openMemory } from '../../../src/transport/memory/memory.ts';
import { openTransport } from '../../../src/transport/open.ts';
import { SECOND } from '../../../src/units.ts';
import { setupCommands, type Commands } from '../processes/commands.ts';
import { ErrorsClient } from './errorsClient.ts';
import { startUiServer, type UiServerParts, type UiServerRig } from './uiServer.ts';

/** The failed messages of the page, its server and a client. */
export interface ErrorsRig {
  readonly client: ErrorsClient;
  readonly server: UiServerRig;
  readonly errors: Errors;
  /** The folder of the archives. */
  readonly folder: string;
}

export interface ErrorsSource {
  readonly environment: Environment;
  /** @default the transport of the environment */
  readonly openTransport?: OpenTransport;
  readonly idleTimeoutMs?: number;
  readonly depthOf?: ErrorsOptions['depthOf'];
}

/** Serves the failed messages of a transport. */
export async function serveErrors(
  t: TestContext,
  {
    environment,
    openTransport: open = openTransport,
    idleTimeoutMs = 2 * SECOND,
    depthOf,
  }: ErrorsSource,
  parts: UiServerParts = {},
): Promise<ErrorsRig> {
  const folder = await mkdtemp(join(tmpdir(), 'asya-errors-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const errors = new Errors({
    config: readCommandConfig(environment),
    context: { openTransport: open, log: silentLog, idleTimeoutMs },
    archiveFolder: folder,
    ...(depthOf === undefined ? {} : { depthOf }),
  });
  const server = await startUiServer(t, { routes: errors.routes, ...parts });
  return { client: new ErrorsClient(server), server, errors, folder };
}

/** Serves the failed messages of a memory broker. */
export async function serveMemoryErrors(
  t: TestContext,
  parts: UiServerParts & Partial<Pick<ErrorsSource, 'environment' | 'depthOf'>> = {},
): Promise<ErrorsRig & Commands> {
  const { environment, depthOf, ...serverParts } = parts;
  const commands = await setupCommands(t);
  const { broker } = commands;
  const rig = await serveErrors(
    t,
    {
      environment: { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: 'none', ...environment },
      openTransport: ({ config, onState }) =>
        openMemory({ broker, topology: { ...config, actor: 'prep', retryDelaysMs: [] }, onState }),
      idleTimeoutMs: 50,
      ...(depthOf === undefined ? {} : { depthOf }),
    },
    serverParts,
  );
  return { ...rig, ...commands };
}
