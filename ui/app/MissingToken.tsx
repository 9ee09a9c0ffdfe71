import { useEffect, useState } from 'preact/hooks';
import { Button } from '../components/Button.tsx';
import { TextField } from '../components/TextField.tsx';
import { formatAddress, parseAddress } from './address.ts';
import { openAddress } from './useAddress.ts';

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
          : `The server does not accept the token of this address: ${problem}.`}
      </p>
      <p>
        Each start of <code>asya-sidecar ui</code> prints an address with a new token. With{' '}
        <code>--token-file</code>, the token is in that file.
      </p>
      <TokenForm />
    </main>
  );
}

function TokenForm() {
  const [token, setToken] = useState('');
  const [error, setError] = useState<string>();
  const open = (event: Event): void => {
    event.preventDefault();
    const { view, params } = parseAddress(location.hash);
    const address = formatAddress(token.trim(), view, Object.fromEntries(params));
    if (parseAddress(address).token === undefined)
      setError('a token consists of printable ASCII characters without spaces');
    else openAddress(address);
  };
  return (
    <form class="token-form" onSubmit={open}>
      <TextField label="Token" value={token} onChange={setToken} error={error} isMono />
      <Button type="submit" kind="primary">
        Open
      </Button>
    </form>
  );
}
