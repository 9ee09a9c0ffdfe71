import type { HeaderEdit } from '../../envelope/edit.ts';
import type { Envelope } from '../../envelope/envelope.ts';
import { HEADER, type Fanout } from '../../envelope/headers.ts';

/**
 * The headers with which an envelope is sent, so that its answers arrive in a reply queue and the
 * end of its journey is recognized.
 *
 * An envelope that is not a child of a fan-out becomes the only child of one. In each later fan-out
 * this one is the outermost. It is missing from an answer below more than 8 further fan-outs, and
 * from one that a sidecar of an earlier version, which writes the header without `outer`, has
 * handled.
 */
export function replyToHeaders({ id, headers }: Envelope, queue: string): readonly HeaderEdit[] {
  const only: Fanout = { of: id, index: 0, total: 1, hop: headers.hops };
  return [
    [HEADER.replyTo, queue],
    ...(headers.fanout === undefined ? [[HEADER.fanout, only] as const] : []),
  ];
}
