import { CallContext, type Route } from '../actor/context.ts';
import { isFailure, type Outcome } from '../actor/outcome.ts';
import { parseJson, refuse, RequestError, type ProtocolOptions } from './protocol.ts';

/** The part of an envelope that the kit reads. The sidecar has checked it. */
interface Envelope {
  readonly id: string;
  readonly route: Route;
  readonly headers: Record<string, unknown>;
  readonly payload: unknown;
}

export interface EnvelopeOptions extends ProtocolOptions {
  readonly stringify: (value: unknown) => string | undefined;
}

/** Answers a frame of the protocol `envelope`. The kit advances the route. Never rejects. */
export async function answerEnvelope(body: Buffer, options: EnvelopeOptions): Promise<string> {
  try {
    const envelope = readEnvelope(parseJson(body, options));
    const outcome = await options.actor.call(envelope.payload, contextOf(envelope, body));
    return encodeEnvelopes(outcome, envelope, options);
  } catch (error) {
    return JSON.stringify([refuse(error, options)]);
  }
}

interface ReceivedEnvelope extends Omit<Envelope, 'route' | 'headers'> {
  readonly route: Omit<Route, 'current'> & { readonly current: unknown };
  readonly headers?: Record<string, unknown> | null;
}

function readEnvelope(value: unknown): Envelope {
  if (!isEnvelope(value))
    throw new RequestError(
      'expected an envelope; ASYA_RUNTIME_PROTOCOL of the sidecar and of the runtime must agree',
    );
  const { route, headers, ...others } = value;
  // A custom `parse` may return the index as an object.
  const current = Number(route.current);
  return { ...others, route: { ...route, current }, headers: headers ?? {} };
}

function isEnvelope(value: unknown): value is ReceivedEnvelope {
  if (!isRecord(value) || !('payload' in value) || !isRecord(value['route'])) return false;
  const { headers = {}, route } = value;
  return Array.isArray(route['actors']) && (headers === null || isRecord(headers));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function contextOf({ id, route, headers }: Envelope, body: Buffer): CallContext {
  const deadline = new Date(String(headers['x-asya-deadline']));
  const journey = headers['x-asya-journey-id'];
  return new CallContext({
    id,
    actor: route.actors[route.current],
    journey: typeof journey === 'string' ? journey : id,
    deadline: Number.isNaN(deadline.getTime()) ? undefined : deadline,
    headers,
    route,
    body,
  });
}

function encodeEnvelopes(
  outcome: Outcome,
  { route, headers }: Envelope,
  { stringify }: EnvelopeOptions,
): string {
  if (isFailure(outcome)) return JSON.stringify([outcome.error]);
  const next = { ...route, current: route.current + 1 };
  const rest = `"route":${stringify(next)},"headers":${stringify(headers)}`;
  return `[${outcome.payloads.map((payload) => `{"payload":${payload},${rest}}`).join(',')}]`;
}
