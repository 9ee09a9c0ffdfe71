import { createContext } from 'preact';

/** Returns the address of a view, for the `href` of a link. */
export type LinkTo = (
  view: 'journey' | 'errors',
  params: Readonly<Record<string, string | undefined>>,
) => string;

/** Provided by the shell. */
export const LinkContext = createContext<LinkTo>(() => '#');
