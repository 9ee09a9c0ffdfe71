export type ViewName = 'pipeline' | 'errors' | 'journey' | 'live' | 'send';

/** In the order of the navigation; the first one is the default. */
export const VIEW_NAMES: readonly ViewName[] = ['pipeline', 'errors', 'journey', 'live', 'send'];

/** The parameters of an address, without the token and the view. Undefined leaves one out. */
export type Params = Readonly<Record<string, string | undefined>>;

/** What the fragment of the page's address contains: `#token=…&view=errors&…`. */
export interface Address {
  /** Undefined if it is missing, or cannot be sent in a header. */
  readonly token: string | undefined;
  readonly view: ViewName;
  /** All other parameters. */
  readonly params: URLSearchParams;
}

export function parseAddress(fragment: string): Address {
  const params = new URLSearchParams(fragment.replace(/^#/, ''));
  const token = params.get('token') ?? '';
  const name = params.get('view');
  const view = VIEW_NAMES.find((it) => it === name) ?? 'pipeline';
  params.delete('token');
  params.delete('view');
  return { token: TOKEN.test(token) ? token : undefined, view, params };
}

/** Visible ASCII, as in RFC 6750. */
const TOKEN = /^[\x21-\x7e]+$/;

export function formatAddress(token: string, view: ViewName, params: Params = {}): string {
  const given = Object.entries(params).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return `#${new URLSearchParams([['token', token], ['view', view], ...given]).toString()}`;
}
