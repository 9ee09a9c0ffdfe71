import { isRecord } from '../../../isRecord.ts';
import { MIB } from '../../../units.ts';
import { countOf } from '../../errorQueue/queueReport.ts';
import { RequestError } from '../server/routes/requestError.ts';
import type { Answer, EventWriter, Route, RouteRequest } from '../server/routes/route.ts';
import { discardSelection } from './actions/discardSelection.ts';
import { exportSelection } from './actions/exportSelection.ts';
import { replaySelection } from './actions/replaySelection.ts';
import type { ActionEnd } from './contract.ts';
import { answerFailure, type ErrorSource } from './errorSource.ts';
import type { IndexedError } from './index/errorIndex.ts';
import type { Looks, StoredLook } from './looks.ts';
import type { Turn } from './queueTurns.ts';
import { describeEdits, readReplay } from './requests/readReplay.ts';
import { readSelection } from './requests/readSelection.ts';
import { refuseUnknown } from '../server/routes/refuseUnknown.ts';

/** The rows of a selection: up to 200,000 numbers. */
const MAX_SELECTION_BYTES = 2 * MIB;

/** The routes that handle messages of a look. */
export class ActionRoutes {
  readonly #source: ErrorSource;
  readonly #looks: Looks;
  readonly #archiveFolder: string;

  constructor(source: ErrorSource, looks: Looks, archiveFolder: string) {
    this.#source = source;
    this.#looks = looks;
    this.#archiveFolder = archiveFolder;
  }

  get routes(): readonly Route[] {
    const path = '/api/errors/looks/:look';
    // In JSON, each byte of a payload has at most six characters.
    const maxReplayBytes = 6 * this.#source.config.maxMessageBytes + MAX_SELECTION_BYTES;
    const maxBodyBytes = MAX_SELECTION_BYTES;
    return [
      {
        method: 'POST',
        path: `${path}/replay`,
        action: 'replay',
        maxBodyBytes: maxReplayBytes,
        handle: (request) => this.#replay(request),
      },
      {
        method: 'POST',
        path: `${path}/discard`,
        action: 'discard',
        maxBodyBytes,
        handle: (request) => this.#discard(request),
      },
      {
        method: 'POST',
        path: `${path}/export`,
        maxBodyBytes,
        handle: (request) => this.#export(request),
      },
      { method: 'POST', path: `${path}/stop`, handle: (request) => this.#stop(request) },
    ];
  }

  async #replay(request: RouteRequest): Promise<Answer> {
    const look = this.#looks.find(request.parameter('look'));
    const { turn, order: plan } = await this.#begin('a replay', look, request, () =>
      readReplay(request.body, look.index),
    );
    for (const edit of describeEdits(plan)) request.note(edit);
    return streamAction(turn, request, (events) =>
      replaySelection(look, plan, this.#source, turn.stopped, events),
    );
  }

  async #discard(request: RouteRequest): Promise<Answer> {
    const look = this.#looks.find(request.parameter('look'));
    const { turn, order } = await this.#begin('a discard', look, request, () =>
      readOnlySelection(request.body, look),
    );
    const options = { ...order, folder: this.#archiveFolder };
    return streamAction(turn, request, (events) =>
      discardSelection(look, options, this.#source, turn.stopped, events),
    );
  }

  async #export(request: RouteRequest): Promise<Answer> {
    const look = this.#looks.find(request.parameter('look'));
    const { turn, order } = await this.#begin('an export', look, request, () =>
      readOnlySelection(request.body, look),
    );
    const { selected } = order;
    return {
      kind: 'file',
      write: (lines) =>
        duringTurn(turn, () => exportSelection(look, selected, this.#source, turn.stopped, lines)),
    };
  }

  /**
   * Reads the request when its turn has come: a selection of a large index takes time and memory.
   * @throws {RequestError} 409 while another action uses the queue, and the error of `read`
   */
  async #begin<T extends Selected>(
    action: string,
    look: StoredLook,
    { note, closed }: RouteRequest,
    read: () => T,
  ): Promise<Begun<T>> {
    const { name } = look.queue;
    const use = { action, lookId: look.id, closed };
    const turn = await answerFailure(this.#source.turns.acquire(name, use));
    try {
      const order = read();
      const messages = countOf(order.selected.length, 'message');
      note(`${messages} of "${name}"`);
      turn.describe(`${action} of ${messages}`);
      return { turn, order };
    } catch (error) {
      turn.end();
      throw error;
    }
  }

  #stop(request: RouteRequest): Answer {
    const { id, queue } = this.#looks.find(request.parameter('look'));
    this.#source.turns.stop(queue.name, id);
    return { kind: 'json', value: {} };
  }
}

interface Selected {
  readonly selected: readonly IndexedError[];
}

/** An action whose turn has come. */
interface Begun<T extends Selected> {
  readonly turn: Turn;
  readonly order: T;
}

/** Reads a request that consists of a selection. */
function readOnlySelection(body: unknown, { index }: StoredLook): Selected {
  if (!isRecord(body)) throw new RequestError(400, 'the body must be a JSON object');
  refuseUnknown(body, ['selection']);
  return { selected: readSelection(body['selection'], index) };
}

/** Answers with the events of an action, and logs its end. */
function streamAction(
  turn: Turn,
  request: RouteRequest,
  act: (events: EventWriter) => Promise<ActionEnd>,
): Answer {
  return {
    kind: 'events',
    write: (events) =>
      duringTurn(turn, async () => {
        const { kind, text, file } = await act(events);
        request.note(kind === 'failed' ? `failed: ${text}` : text);
        if (file !== undefined) request.note(file);
      }),
  };
}

async function duringTurn(turn: Turn, work: () => Promise<void>): Promise<void> {
  turn.begin();
  try {
    await work();
  } finally {
    turn.end();
  }
}
