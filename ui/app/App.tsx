import { useMemo } from 'preact/hooks';
import { createClient } from '../client/client.ts';
import { MissingToken } from './MissingToken.tsx';
import { Shell } from './Shell.tsx';
import { useAddress } from './useAddress.ts';

/** The page: one shell for each token. */
export function App() {
  const address = useAddress();
  const { token } = address;
  const client = useMemo(
    () => (token === undefined ? undefined : createClient({ token, origin: location.origin })),
    [token],
  );
  if (token === undefined || client === undefined) return <MissingToken />;
  return <Shell key={token} address={address} token={token} client={client} />;
}
