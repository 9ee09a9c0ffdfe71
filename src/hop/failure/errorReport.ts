import type { Envelope } from '../../envelope/envelope.ts';
import type { Failure } from '../../faults.ts';
import {
  cursorAt,
  decodeMember,
  kindAt,
  readRawObject,
  type RawObject,
  type ByteRange,
} from '../../envelope/json/json.ts';

/** The contents of an error envelope's payload. `errorEnvelope.ts` describes the format. */
export interface ErrorReport {
  readonly failure: Omit<Failure, 'actor' | 'attempt'> &
    Partial<Pick<Failure, 'actor' | 'attempt'>>;
  /** The payload, including the original. */
  readonly payload: RawObject;
  /** The payload's `details`. */
  readonly details: RawObject;
}

/** Reads an error envelope. Returns undefined for any other envelope. */
export function readErrorReport({ bytes, layout }: Envelope): ErrorReport | undefined {
  const payload = objectAt(bytes, layout.payload);
  const details = payload && objectAt(bytes, payload.members.get('details'));
  if (payload === undefined || details === undefined) return undefined;
  const code = textAt(details, 'code');
  if (code === undefined || textAt(payload, 'error') === undefined) return undefined;
  const actor = textAt(details, 'actor');
  const type = textAt(details, 'type');
  const attempt = decodeMember(details, 'attempt');
  return {
    payload,
    details,
    failure: {
      fault: {
        code,
        message: textAt(details, 'message') ?? '',
        ...(type === undefined ? {} : { type }),
      },
      ...(actor === undefined ? {} : { actor }),
      ...(typeof attempt === 'number' ? { attempt } : {}),
      failedAt: textAt(details, 'failed_at'),
    },
  };
}

/** The string at a key, as well-formed Unicode; undefined for a missing key or another type. */
export function textAt(object: RawObject, key: string): string | undefined {
  const value = decodeMember(object, key);
  return typeof value === 'string' ? value.toWellFormed() : undefined;
}

function objectAt(bytes: Buffer, span: ByteRange | undefined): RawObject | undefined {
  if (span === undefined) return undefined;
  const cursor = cursorAt(bytes, span);
  return kindAt(cursor) === 'object' ? readRawObject(cursor) : undefined;
}
