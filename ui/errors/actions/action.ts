import type {
  ActionEnd,
  ActionEvent,
  CanaryState,
  ReplayRequest,
  Selection,
} from '../../../src/cli/ui/errors/contract.ts';
import { formatExact } from '../../components/format.ts';
import { visibleText } from '../../components/visibleText.ts';

/** An action on messages, as the user has confirmed it. */
export interface ActionRequest {
  readonly kind: 'replay' | 'discard' | 'export';
  readonly selection: Selection;
  readonly replay?: Omit<ReplayRequest, 'selection'>;
  /** What it acts on: `12 messages`, or the id of one. */
  readonly subject: string;
  /** The row and the journey of a single message. */
  readonly single?: { readonly row: number; readonly id: string; readonly journey: string };
  readonly queue: string;
}

/** A message that stays in the queue. */
export interface LeftMessage {
  readonly row: number;
  readonly id: string;
  readonly reason: string;
}

/** An action that runs, or has ended. */
export interface ActionState {
  /** Increases with each action of the page. */
  readonly number: number;
  readonly request: ActionRequest;
  readonly lookId: string;
  readonly phase: 'running' | 'stopping' | 'ended';
  readonly progress: { readonly done: number; readonly left: number; readonly total: number };
  readonly canary: CanaryState | undefined;
  /** What it waits for, such as the connection to the broker. */
  readonly waitsFor: string | undefined;
  /** The first 100. */
  readonly left: readonly LeftMessage[];
  readonly end: ActionEnd | undefined;
}

export function startAction(
  number: number,
  lookId: string,
  request: ActionRequest,
  total: number,
): ActionState {
  return {
    number,
    request,
    lookId,
    phase: 'running',
    progress: { done: 0, left: 0, total },
    canary: undefined,
    waitsFor: undefined,
    left: [],
    end: undefined,
  };
}

/** The most messages that stay of which the page keeps the reasons. */
const MAX_LEFT = 100;

export function applyEvent(state: ActionState, event: ActionEvent): ActionState {
  if ('progress' in event) return { ...state, progress: event.progress };
  if ('canary' in event) return { ...state, canary: event.canary };
  if ('waitsFor' in event) return { ...state, waitsFor: event.waitsFor ?? undefined };
  if ('left' in event) return { ...state, left: [...state.left, event.left].slice(0, MAX_LEFT) };
  if ('end' in event) return endAction(state, event.end);
  return state;
}

/** Ends an action whose last line did not arrive. The server stops before its next message. */
export function loseAction(state: ActionState, reason: string): ActionState {
  return endEarly(state, 'failed', reason);
}

/** Ends an action that the user has stopped. */
export function stopAction(state: ActionState): ActionState {
  return endEarly(state, 'stopped', 'stopped before the next message');
}

/** Ends an export whose file was stored. */
export function endExport(state: ActionState, done: number, name: string): ActionState {
  const missing = Math.max(state.progress.total - done, 0);
  return endAction(state, { kind: 'done', done, left: 0, missing, text: '', file: name });
}

function endEarly(state: ActionState, kind: ActionEnd['kind'], text: string): ActionState {
  if (state.end !== undefined) return state;
  const { done, left } = state.progress;
  return endAction(state, { kind, done, left, missing: 0, text });
}

function endAction(state: ActionState, end: ActionEnd): ActionState {
  return { ...state, phase: 'ended', end };
}

/** Whether an action has done all that was asked for. */
export function isWhole({ kind, left, missing }: ActionEnd): boolean {
  return kind === 'done' && left === 0 && missing === 0;
}

const PARTICIPLES = { replay: 'Replayed', discard: 'Discarded', export: 'Exported' } as const;

/**
 * One line about an action that has ended: `Replayed 12 of 14 messages; 2 stay in error-end: …`. A
 * cause comes from the server.
 */
export function describeEnd({ request, end, progress, canary }: ActionState): string {
  if (end === undefined) return '';
  const { done, left, missing } = end;
  const verb = PARTICIPLES[request.kind];
  const isAll = isWhole(end);
  const total = Math.max(progress.total, done + left + missing);
  const subject =
    isAll || total <= 1 ? request.subject : `${formatExact(done)} of ${messages(total)}`;
  const head =
    done === 0 && !isAll ? `Not ${verb.toLowerCase()}: ${request.subject}` : `${verb} ${subject}`;
  const isByUser = end.kind === 'stopped' && (canary === undefined || canary.state === 'passed');
  const parts = [
    isByUser ? 'stopped' : '',
    left > 0 && total > 1
      ? `${messages(left)} ${left === 1 ? 'stays' : 'stay'} in ${request.queue}`
      : '',
    missing > 0
      ? `${messages(missing)} ${missing === 1 ? 'was' : 'were'} not in ${request.queue} any more`
      : '',
  ].filter((part) => part !== '');
  return [head, ...parts].join('; ');
}

/** What the server says about the message that was sent first, as a sentence. */
export function describeCanary({ canary, request }: ActionState): string | undefined {
  if (canary === undefined) return undefined;
  const { state, id, text } = canary;
  const name = request.single === undefined ? `"${visibleText(id)}" was sent first and` : 'It';
  if (state === 'passed') return `${name} reached happy-end.`;
  if (state === 'sent')
    return `${name} ${request.single === undefined ? '' : 'was sent and '}has not reached an end yet.`;
  return `${visibleText(text.replace(/^canary /, ''))}.`;
}

/** `1 message`, `12,345 messages`. */
export function messages(number: number): string {
  return `${formatExact(number)} ${number === 1 ? 'message' : 'messages'}`;
}
