import type { Session } from '../../src/cli/ui/server/contract.ts';
import type { Client } from '../client/client.ts';
import type { Params, ViewName } from './address.ts';
import type { KeptState } from './keptState.ts';

export interface NavigateOptions {
  /** Replaces the current entry of the history instead of adding one. @default false */
  readonly replace?: boolean;
}

/** What every view receives. */
export interface ViewProps {
  readonly client: Client;
  /** The newest state of the server and its sources; the same object until it changes. */
  readonly session: Session;
  /** The parameters of the view in the address. */
  readonly params: URLSearchParams;
  readonly navigate: (view: ViewName, params?: Params, options?: NavigateOptions) => void;
  /** The address of a view, for the `href` of a link. */
  readonly linkTo: (view: ViewName, params?: Params) => string;
  /** What a view keeps while another one is shown. */
  readonly kept: KeptState;
  /** The colours that the page has now; a canvas must be drawn again when they change. */
  readonly colorScheme: 'light' | 'dark';
}
