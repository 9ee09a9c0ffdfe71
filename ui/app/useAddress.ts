import { useEffect, useState } from 'preact/hooks';
import { parseAddress, type Address } from './address.ts';

/** The address of the page, also after back, forward, and a change of the fragment by the user. */
export function useAddress(): Address {
  const [address, setAddress] = useState(() => parseAddress(location.hash));
  useEffect(() => {
    const read = (): void => setAddress(parseAddress(location.hash));
    addEventListener('hashchange', read);
    return () => removeEventListener('hashchange', read);
  }, []);
  return address;
}

/** Moves to another address of this page. */
export function openAddress(address: string, { replace = false } = {}): void {
  if (address === location.hash) return;
  if (replace) location.replace(address);
  else location.assign(address);
}
