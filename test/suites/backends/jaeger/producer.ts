import { randomBytes } from 'node:crypto';
import type { JaegerServer } from '../../../kit/telemetry/jaegerServer.ts';
import type { Load, SendOptions } from '../../../../tools/live/load.ts';
import type { Behaviour } from '../../../../tools/live/runtimes.ts';

/** The headers in which a producer writes its trace context. */
export type ContextHeaders = 'none' | 'message' | 'envelope' | 'both';

const CONTEXTS: readonly ContextHeaders[] = ['none', 'message', 'envelope', 'both'];

export interface SentJourney {
  readonly id: string;
  readonly context: ContextHeaders;
}

/** A service that sends envelopes and exports a span of each send that has a trace context. */
export class Producer {
  readonly #load: Load;
  readonly #jaeger: JaegerServer;
  #sent = 0;

  constructor(load: Load, jaeger: JaegerServer) {
    this.#load = load;
    this.#jaeger = jaeger;
  }

  /** @param context by default each of the four in turn */
  async send(
    behaviour: Behaviour,
    options: Partial<SendOptions> = {},
    context: ContextHeaders = CONTEXTS[this.#sent++ % CONTEXTS.length] ?? 'none',
  ): Promise<SentJourney> {
    const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
    const traceparent = `00-${traceId}-${spanId}-01`;
    const startNs = nowNs();
    const isIn = (place: ContextHeaders): boolean => context === place || context === 'both';
    const id = await this.#load.send(behaviour, {
      ...options,
      headers: { ...options.headers, ...(isIn('envelope') ? { traceparent } : {}) },
      messageHeaders: { ...options.messageHeaders, ...(isIn('message') ? { traceparent } : {}) },
    });
    if (context !== 'none') {
      const name = `publish ${options.route?.[0] ?? 'infer'}`;
      await this.#export({ traceId, spanId, name, id, startNs, endNs: nowNs() });
    }
    return { id, context };
  }

  async #export({ traceId, spanId, name, id, startNs, endNs }: ProducerSpan): Promise<void> {
    const span = {
      traceId,
      spanId,
      name,
      kind: 4,
      startTimeUnixNano: String(startNs),
      endTimeUnixNano: String(endNs),
      attributes: [text('asya.journey.id', id)],
    };
    const resource = { attributes: [text('service.name', 'shop'), text('host.name', 'shop')] };
    const response = await fetch(`${this.#jaeger.otlp.http}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
    });
    if (!response.ok) throw new Error(`Jaeger answers ${response.status}`);
  }
}

interface ProducerSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly id: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
}

function nowNs(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1_000)) * 1_000n;
}

function text(key: string, stringValue: string): object {
  return { key, value: { stringValue } };
}
