import { useEffect } from 'preact/hooks';

export interface MissingTokenProps {
  /** Why the server has refused the token. */
  readonly problem?: string | undefined;
}

/** What the page shows to a user without a valid token. */
export function MissingToken({ problem }: MissingTokenProps) {
  useEffect(() => {
    document.title = 'No access · asya-sidecar';
  }, []);
  return (
    <main class="missing-token">
      <h1>Open the address that asya-sidecar ui has printed</h1>
      <p>
        {problem === undefined
          ? 'The address of this page contains no token.'
          : `The server does not accept the token of this address: ${problem}.`}{' '}
        Each start of <code>asya-sidecar ui</code> prints an address with its token.
      </p>
    </main>
  );
}
