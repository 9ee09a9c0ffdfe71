import type { ActionEvent } from '../../../src/cli/ui/errors/contract.ts';
import type { Client } from '../../client/client.ts';
import { messageOf } from '../../client/errors.ts';
import { Listeners } from '../data/listeners.ts';
import {
  applyEvent,
  endExport,
  loseAction,
  startAction,
  stopAction,
  type ActionRequest,
  type ActionState,
} from './action.ts';

export interface RunnerOptions {
  readonly client: Client;
  /** Stores a file on the user's machine. */
  readonly saveFile: (content: Blob, name: string) => void;
  /** Warns the user who leaves the page; returns a function that ends the warning. */
  readonly guardLeaving: () => () => void;
}

/**
 * Runs the actions of the view, one at a time, and keeps their results. It lives as long as the
 * page, so that an action continues while the user looks at another view.
 */
export class ActionRunner {
  readonly #options: RunnerOptions;
  readonly #listeners = new Listeners();
  #actions: readonly ActionState[] = [];
  #stop: AbortController | undefined;
  #number = 0;
  #changes = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** The newest first. */
  get actions(): readonly ActionState[] {
    return this.#actions;
  }

  /** Increases when an action that changes a queue has ended. */
  get changeCount(): number {
    return this.#changes;
  }

  get running(): ActionState | undefined {
    return this.#actions.find(({ phase }) => phase !== 'ended');
  }

  /** Calls the listener after each change. Returns a function that ends that. */
  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Resolves when the action has ended. Ignored while another one runs. Never rejects. */
  async run(lookId: string, request: ActionRequest, total: number): Promise<void> {
    if (this.running !== undefined) return;
    const { number } = this.#add(startAction(++this.#number, lookId, request, total));
    const stop = new AbortController();
    this.#stop = stop;
    const unguard = this.#options.guardLeaving();
    const run = { path: pathOf(lookId, request), request, number, signal: stop.signal };
    try {
      await (request.kind === 'export' ? this.#export(run) : this.#follow(run));
    } catch (error) {
      this.#update(number, (state) =>
        stop.signal.aborted ? stopAction(state) : loseAction(state, messageOf(error)),
      );
    } finally {
      unguard();
      this.#reportChange(request);
    }
  }

  async #follow({ path, request, number, signal }: Run): Promise<void> {
    const { selection, replay } = request;
    const ended = await this.#options.client.stream<ActionEvent>(path, {
      body: { selection, ...replay },
      signal,
      onEvent: (event) => this.#update(number, (state) => applyEvent(state, event)),
    });
    this.#update(number, (state) =>
      ended === 'aborted' ? stopAction(state) : loseAction(state, CUT_ANSWER),
    );
  }

  async #export({ path, request, number, signal }: Run): Promise<void> {
    const { selection, queue } = request;
    const content = await this.#options.client.download(path, { selection }, { signal });
    const name = `${queue}-${new Date().toISOString().replaceAll(':', '-').slice(0, 19)}.jsonl`;
    this.#options.saveFile(content, name);
    const found = await countLines(content);
    this.#update(number, (state) => endExport(state, found, name));
  }

  /** The server stops the action before its next message, and reports what it has done. */
  async stop(): Promise<void> {
    const { running } = this;
    const stop = this.#stop;
    if (running === undefined || stop === undefined) return;
    this.#update(running.number, (state) => ({ ...state, phase: 'stopping' }));
    if (running.request.kind === 'export') return stop.abort();
    const path = `/api/errors/looks/${encodeURIComponent(running.lookId)}/stop`;
    await this.#options.client.post(path, {}).catch(() => stop.abort());
  }

  /** Removes the result of an action that has ended. */
  dismiss(number: number): void {
    this.#set(
      this.#actions.filter((action) => action.number !== number || action.phase !== 'ended'),
    );
  }

  #reportChange({ kind }: ActionRequest): void {
    if (kind === 'export') return;
    this.#changes++;
    this.#listeners.call();
  }

  #add(state: ActionState): ActionState {
    this.#set([state, ...this.#actions].slice(0, MAX_RESULTS));
    return state;
  }

  #update(number: number, change: (state: ActionState) => ActionState): void {
    this.#set(this.#actions.map((action) => (action.number === number ? change(action) : action)));
  }

  #set(actions: readonly ActionState[]): void {
    this.#actions = actions;
    this.#listeners.call();
  }
}

/** A message that is not in the queue any more has no line. */
async function countLines(content: Blob): Promise<number> {
  let lines = 0;
  for await (const part of content.stream()) for (const byte of part) if (byte === LF) lines++;
  return lines;
}

const LF = 0x0a;

interface Run {
  readonly path: string;
  readonly request: ActionRequest;
  readonly number: number;
  readonly signal: AbortSignal;
}

/** Older results leave the page. */
const MAX_RESULTS = 3;

const CUT_ANSWER = 'the answer of the server has no end; refresh to see what is left';

function pathOf(lookId: string, { kind }: ActionRequest): string {
  return `/api/errors/looks/${encodeURIComponent(lookId)}/${kind}`;
}
