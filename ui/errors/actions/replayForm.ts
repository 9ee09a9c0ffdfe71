import type { ReplayEdits, ReplayRequest } from '../../../src/cli/ui/errors/contract.ts';
import { findJsonError } from '../../components/json/findJsonError.ts';
import { formatJson } from '../../components/json/formatJson.ts';

/** What the dialog of a replay contains. */
export interface ReplayForm {
  /** `failed`: the actor at which each message failed. */
  readonly destination: 'failed' | 'actor' | 'route';
  readonly actor: string;
  /** Names of actors, separated by commas. */
  readonly route: string;
  /** JSON text; undefined if it cannot be edited. */
  readonly payload: string | undefined;
  readonly isCanary: boolean;
  /** Messages per second; empty for no limit. */
  readonly rate: string;
}

export type ReplayProblems = Partial<Record<'actor' | 'route' | 'payload' | 'rate', string>>;

export type ReadReplay =
  | { readonly kind: 'valid'; readonly request: Omit<ReplayRequest, 'selection'> }
  | { readonly kind: 'invalid'; readonly problems: ReplayProblems };

/** Larger payloads make an editor slow. */
export const MAX_EDITED_LENGTH = 1_000_000;

/**
 * Reads the dialog.
 * @param payload the payload of the message before the edit
 */
export function readReplayForm(form: ReplayForm, payload: string | undefined): ReadReplay {
  const problems = findProblems(form);
  if (Object.keys(problems).length > 0) return { kind: 'invalid', problems };
  const edits: ReplayEdits = {
    ...(isEdited(form, payload) ? { payload: form.payload } : {}),
    ...(form.destination === 'actor' ? { to: form.actor.trim() } : {}),
    ...(form.destination === 'route' ? { route: splitRoute(form.route) } : {}),
  };
  const request = {
    ...(Object.keys(edits).length === 0 ? {} : { edits }),
    ...(form.isCanary ? { canary: true } : {}),
    ...(form.rate.trim() === '' ? {} : { rate: Number(form.rate) }),
  };
  return { kind: 'valid', request };
}

/** Whether the payload differs in more than white space. */
function isEdited(
  form: ReplayForm,
  payload: string | undefined,
): form is ReplayForm & { readonly payload: string } {
  if (form.payload === undefined || form.payload === payload) return false;
  return payload === undefined || formatJson(form.payload) !== formatJson(payload);
}

function findProblems(form: ReplayForm): ReplayProblems {
  const { destination, actor, route, payload, rate } = form;
  const error = payload === undefined ? undefined : findJsonError(payload);
  const isRateValid = rate.trim() === '' || Number(rate) > 0;
  return {
    ...(destination === 'actor' && actor.trim() === '' ? { actor: 'select an actor' } : {}),
    ...(destination === 'route' && splitRoute(route).length === 0
      ? { route: 'name at least one actor' }
      : {}),
    ...(error === undefined ? {} : { payload: `line ${error.line}: ${error.message}` }),
    ...(isRateValid ? {} : { rate: 'must be a number above 0' }),
  };
}

function splitRoute(text: string): string[] {
  return text
    .split(/[,\s]+/)
    .map((actor) => actor.trim())
    .filter((actor) => actor !== '');
}
