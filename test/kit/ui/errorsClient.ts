import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import type {
  ActionEnd,
  ActionEvent,
  ErrorGroups,
  ErrorMessage,
  ErrorRows,
  Look,
} from '../../../src/cli/ui/errors/contract.ts';
import type { Problem } from '../../../src/cli/ui/server/contract.ts';
import type { UiAnswer, UiServerRig } from './uiServer.ts';

/** A refused request. */
export interface Refusal extends Problem {
  readonly status: number | undefined;
}

/** Sends the requests of the page about failed messages. */
export class ErrorsClient {
  readonly #server: Pick<UiServerRig, 'send' | 'open'>;

  constructor(server: Pick<UiServerRig, 'send' | 'open'>) {
    this.#server = server;
  }

  look(isParked = false): Promise<Look> {
    return this.post('looks', { isParked });
  }

  groups(look: string, filter: object = {}): Promise<ErrorGroups> {
    return this.get(`looks/${look}/groups${queryOf(filter)}`);
  }

  rows(look: string, query: object = {}): Promise<ErrorRows> {
    return this.get(`looks/${look}/rows${queryOf(query)}`);
  }

  message(look: string, row: number): Promise<ErrorMessage> {
    return this.get(`looks/${look}/rows/${row}`);
  }

  /** The lines of an export. */
  async export(look: string, body: object): Promise<readonly string[]> {
    const answer = await this.#send(`looks/${look}/export`, body);
    return answer.body.split('\n').slice(0, -1);
  }

  /** Runs an action to its end. */
  async act(action: string, look: string, body: object): Promise<RunningAction> {
    const running = await this.start(action, look, body);
    await running.end;
    return running;
  }

  /** Starts an action. Resolves when the server has accepted it. */
  async start(action: string, look: string, body: object): Promise<RunningAction> {
    const response = await this.#server.open(`/api/errors/looks/${look}/${action}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
    return new RunningAction(response);
  }

  async get<T>(path: string): Promise<T> {
    return decode(await this.#send(path)) as T;
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    return decode(await this.#send(path, body)) as T;
  }

  /** Sends a request that the server refuses. */
  async refusal(path: string, body?: unknown): Promise<Refusal> {
    const answer = await this.#send(path, body);
    return { status: answer.status, ...(JSON.parse(answer.body) as Problem) };
  }

  #send(path: string, body?: unknown): Promise<UiAnswer> {
    const options = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    return this.#server.send(`/api/errors/${path}`, options);
  }
}

/** The stream of an action. */
class RunningAction {
  readonly events: ActionEvent[] = [];
  /** Resolves with the last event; rejects when the stream ends without one. */
  readonly end: Promise<ActionEnd>;
  readonly #response: IncomingMessage;
  #isClosed = false;
  #changed = Promise.withResolvers<void>();

  constructor(response: IncomingMessage) {
    this.#response = response;
    this.end = this.#read().finally(() => (this.#isClosed = true));
    this.end.catch(() => {}); // a test may close the stream
  }

  /** Resolves with the first event that has a member, which may have arrived already. */
  async event<K extends string>(name: K): Promise<Extract<ActionEvent, Record<K, unknown>>> {
    for (;;) {
      const found = this.events.find((event) => Object.hasOwn(event, name));
      if (found !== undefined) return found as Extract<ActionEvent, Record<K, unknown>>;
      await this.#changed.promise;
    }
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): void {
    this.#response.destroy();
  }

  async #read(): Promise<ActionEnd> {
    for await (const line of createInterface({ input: this.#response })) {
      const event = JSON.parse(line) as ActionEvent;
      this.events.push(event);
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
      if ('end' in event) return event.end;
    }
    throw new Error('the stream has no end');
  }
}

function queryOf(values: object): string {
  const pairs = Object.entries(values).map(([name, value]) => [name, String(value)]);
  return pairs.length === 0 ? '' : `?${String(new URLSearchParams(pairs))}`;
}

function decode({ status, body }: UiAnswer): unknown {
  if (status !== 200) throw new Error(`status ${status}: ${body}`);
  return JSON.parse(body);
}
