import type { TestContext } from 'node:test';
import type { ActorHistory, Pipeline } from '../../../../src/cli/ui/pipeline/contract.ts';
import { pageFolder } from '../../../../src/cli/ui/server/http/staticFiles.ts';
import type { Session } from '../../../../src/cli/ui/server/contract.ts';
import type { EventWriter, Route } from '../../../../src/cli/ui/server/routes/route.ts';
import { jsonRoute, SESSION } from '../../../kit/browser/servedPage.ts';
import { TOKEN, startUiServer, type UiServerRig } from '../../../kit/ui/uiServer.ts';

const LINKS = { grafana: 'http://grafana:3000' };

export interface ServedPipeline {
  /** The address of the view, with some of its parameters. */
  addressOf(parameters?: Readonly<Record<string, string>>): string;
  /** Sends the next state to the pages. */
  send(pipeline: Pipeline): Promise<void>;
  close: UiServerRig['close'];
}

export interface ServedOptions {
  readonly pipeline: Pipeline;
  readonly session?: Partial<Session>;
  readonly history?: ActorHistory;
}

/** The page on a server whose pipeline the test decides. */
export async function servePipeline(
  t: TestContext,
  { pipeline, session, history = { points: [] } }: ServedOptions,
): Promise<ServedPipeline> {
  let latest = pipeline;
  const writers = new Set<EventWriter>();
  const routes: readonly Route[] = [
    jsonRoute('/api/session', { ...SESSION, links: LINKS, ...session }),
    jsonRoute('/api/pipeline/actors/:name', history),
    {
      method: 'GET',
      path: '/api/pipeline',
      handle: ({ closed }) => ({
        kind: 'events',
        write: async (events) => {
          writers.add(events);
          await events.write(latest);
          await new Promise((resolve) => closed.addEventListener('abort', resolve));
          writers.delete(events);
        },
      }),
    },
  ];
  const server = await startUiServer(t, { folder: pageFolder(), routes });
  return {
    addressOf: (parameters = {}) =>
      `http://127.0.0.1:${server.port}/#${String(new URLSearchParams({ token: TOKEN, ...parameters }))}`,
    async send(next) {
      latest = next;
      await Promise.all([...writers].map((events) => events.write(next)));
    },
    close: server.close,
  };
}
