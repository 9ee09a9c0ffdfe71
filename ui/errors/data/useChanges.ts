import { useLayoutEffect, useState } from 'preact/hooks';

/** An object that reports its changes. */
export interface Changing {
  /** Returns a function that ends the reports. */
  subscribe(listener: () => void): () => void;
}

/** Renders the component again after each change. */
export function useChanges(source: Changing): void {
  const [, setChanges] = useState(0);
  // Not later: a change between the rendering and the subscription would not be shown.
  useLayoutEffect(() => source.subscribe(() => setChanges((changes) => changes + 1)), [source]);
}
