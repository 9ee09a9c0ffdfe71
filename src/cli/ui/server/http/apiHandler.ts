import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../../../../faults.ts';
import type { Log } from '../../../../log.ts';
import { KIB } from '../../../../units.ts';
import { RequestError } from '../routes/requestError.ts';
import type { Route } from '../routes/route.ts';
import { RouteTable, type RouteMatch } from '../routes/routeTable.ts';
import { ActionLog, describeClient } from './actionLog.ts';
import { sendAnswer, sendProblem } from './answer.ts';
import { readJsonBody } from './readBody.ts';

export interface ApiOptions {
  readonly routes: readonly Route[];
  readonly isReadOnly: boolean;
  readonly isBehindProxy: boolean;
  /** Writes one line for each action. */
  readonly report: (line: string) => void;
  readonly log: Log;
  /** @default 5 s */
  readonly heartbeatIntervalMs?: number | undefined;
  /** A client that reads nothing of an answer for this time is disconnected. */
  readonly stallTimeoutMs: number;
}

const MAX_BODY_BYTES = 64 * KIB;
const MAX_STREAMS = 100;

/** A request to a route that was found. */
interface Call extends RouteMatch {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

/** Answers the requests of `/api/`, whose token was checked. */
export class ApiHandler {
  readonly #options: ApiOptions;
  readonly #table: RouteTable;
  readonly #running = new Set<Promise<void>>();
  /** Aborts the requests that are being answered. */
  readonly #open = new Set<AbortController>();
  #streams = 0;
  #isStopped = false;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#table = new RouteTable(options.routes);
  }

  handle(request: IncomingMessage, response: ServerResponse, url: RequestUrl): void {
    const answering = this.#answer(request, response, url)
      .catch((error: unknown) => this.#sendError(response, error))
      .finally(() => this.#running.delete(answering));
    this.#running.add(answering);
  }

  /** Ends the streams and stops the actions. Resolves when all requests are answered. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const closed of this.#open) closed.abort();
    await Promise.all(this.#running);
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    { path, query }: RequestUrl,
  ): Promise<void> {
    const { method = '' } = request;
    const found = this.#table.find(method, path);
    if (found === undefined) throw new RequestError(404, `there is no ${path}`);
    if ('allowed' in found) {
      response.setHeader('allow', found.allowed.join(', '));
      throw new RequestError(405, `${method} is not allowed for ${path}`);
    }
    await this.#call({ ...found, request, response, query });
  }

  async #call(call: Call): Promise<void> {
    const { action } = call.route;
    if (action === undefined) return this.#run(call, () => {});
    const client = describeClient(call.request, this.#options.isBehindProxy);
    const actionLog = new ActionLog(action, client, this.#options.report);
    try {
      if (this.#options.isReadOnly) throw new RequestError(403, 'this page is read-only');
      await this.#run(call, (text) => actionLog.note(text));
    } catch (error) {
      actionLog.note(`failed: ${messageOf(error)}`);
      throw error;
    } finally {
      actionLog.write();
    }
  }

  async #run(call: Call, note: (text: string) => void): Promise<void> {
    const { route, parameters, request, response, query } = call;
    const { maxBodyBytes = MAX_BODY_BYTES } = route;
    const body = route.method === 'POST' ? await readJsonBody(request, maxBodyBytes) : undefined;
    const closed = this.#closedSignal(response);
    const parameter = (name: string): string => parameters.get(name) ?? '';
    const answer = await route.handle({ parameter, query, body, closed, note });
    const isHead = request.method === 'HEAD';
    const send = (): Promise<void> =>
      sendAnswer(response, answer, { ...this.#options, closed, isHead });
    await (answer.kind === 'json' || isHead ? send() : this.#countStream(send));
  }

  /** @throws {RequestError} 503 when too many streams are open */
  async #countStream(send: () => Promise<void>): Promise<void> {
    if (this.#streams >= MAX_STREAMS) throw new RequestError(503, 'too many streams are open');
    this.#streams++;
    try {
      await send();
    } finally {
      this.#streams--;
    }
  }

  #closedSignal(response: ServerResponse): AbortSignal {
    const closed = new AbortController();
    this.#open.add(closed);
    response.once('close', () => {
      this.#open.delete(closed);
      closed.abort();
    });
    if (response.destroyed || this.#isStopped) closed.abort();
    return closed.signal;
  }

  #sendError(response: ServerResponse, error: unknown): void {
    if (response.headersSent) {
      if (!response.destroyed) this.#options.log.error({ err: error }, 'stream failed');
      response.destroy();
      return;
    }
    if (error instanceof RequestError) {
      // A body that was not read ends the connection.
      if (error.status === 413 || error.status === 415) response.setHeader('connection', 'close');
      sendProblem(response, error);
      return;
    }
    this.#options.log.error({ err: error }, 'request failed');
    sendProblem(response, new RequestError(500, `internal error: ${messageOf(error)}`));
  }
}

/** The target of a request. */
export interface RequestUrl {
  /** Percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
}
