import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { bearerTokenOf, isSameToken } from '../../../../bearerToken.ts';
import type { OwnAddress } from './ownAddress.ts';

/** The answer to a request that is not allowed. */
export interface Refusal {
  readonly status: 400 | 401 | 403;
  readonly reason: string;
}

/**
 * Checks whether a request was sent to this server, by its own page or by a program. A link on a
 * page of another site may open the page, whose files contain no data.
 * @param isFile the request is for a file of the page
 * @returns undefined if it was
 */
export function crossSiteRefusal(
  { headers, headersDistinct }: Pick<IncomingMessage, 'headers' | 'headersDistinct'>,
  { own, isFile }: { readonly own: OwnAddress; readonly isFile: boolean },
): Refusal | undefined {
  const { host, origin } = headers;
  // RFC 9112, section 3.2. Node reads the first one; a proxy may have checked another one.
  if (headersDistinct['host'] !== undefined && headersDistinct['host'].length > 1) {
    return { status: 400, reason: 'the request has more than one Host' };
  }
  if (!own.isOwnHost(host)) {
    return { status: 403, reason: `"${host ?? ''}" is not a host of this server; see --origin` };
  }
  if (origin !== undefined && !own.isOwnOrigin(origin, host)) {
    return { status: 403, reason: `requests from the origin "${origin}" are refused` };
  }
  if (!isFromOwnSite(headers['sec-fetch-site']) && !(isFile && isNavigation(headers))) {
    return { status: 403, reason: 'requests from another site are refused' };
  }
  return undefined;
}

/** `none`: the user has entered the address. */
function isFromOwnSite(site: string | string[] = 'none'): boolean {
  return site === 'none' || site === 'same-origin';
}

function isNavigation(headers: IncomingHttpHeaders): boolean {
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}

/** Checks the token of a request. */
export function tokenRefusal(headers: IncomingHttpHeaders, token: string): Refusal | undefined {
  const given = bearerTokenOf(headers.authorization);
  if (given === undefined) return { status: 401, reason: 'the token is missing' };
  return isSameToken(given, token)
    ? undefined
    : { status: 401, reason: 'the token is not that of this server' };
}
