import { Agent, request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { isRecord } from '../../../isRecord.ts';
import { KIB, MIB, SECOND } from '../../../units.ts';
import { describeConnectionError } from '../../tail/access/connectionError.ts';
import type { Endpoint } from '../../tail/access/resolveEndpoints.ts';
import { readSidecarMetrics, type SidecarMetrics } from './sidecarMetrics.ts';

/** An answer of `/readyz`. */
export interface Readiness {
  readonly isReady: boolean;
  readonly problems: readonly string[];
}

/** The longest time until the end of an answer. */
const TIMEOUT_MS = 3 * SECOND;
/** A sidecar with a hundred destinations writes about 100 KiB. */
const MAX_METRICS_BYTES = 4 * MIB;
const MAX_READINESS_BYTES = 64 * KIB;

/** Asks sidecars for their state. Each request has its own connection and a time limit. */
export class SidecarClient {
  readonly #agent = new Agent();
  readonly #timeoutMs: number;

  constructor(timeoutMs = TIMEOUT_MS) {
    this.#timeoutMs = timeoutMs;
  }

  /** @throws an Error with the reason if the sidecar does not answer */
  async readReadiness(endpoint: Endpoint): Promise<Readiness> {
    const { status, body } = await this.#get(endpoint, '/readyz', MAX_READINESS_BYTES);
    const { ready, problems } = parseObject(body);
    if (typeof ready !== 'boolean' || !Array.isArray(problems))
      throw new Error(`/readyz answers ${status}, and is not that of a sidecar`);
    return { isReady: ready, problems: problems.filter((it) => typeof it === 'string') };
  }

  /** @throws an Error that names the cause and, where a setting is missing, the setting */
  async readMetrics(endpoint: Endpoint): Promise<SidecarMetrics> {
    const { status, body } = await this.#get(endpoint, '/metrics', MAX_METRICS_BYTES);
    if (status === 404)
      throw new Error('metrics are disabled; set ASYA_METRICS_ENABLED=true for the sidecar');
    const [firstLine = ''] = body.split('\n', 1);
    if (status !== 200) throw new Error(`/metrics answers ${status} ${firstLine.slice(0, 200)}`);
    const metrics = readSidecarMetrics(body);
    if (metrics === undefined) throw new Error('/metrics has no metrics of a sidecar');
    return metrics;
  }

  /** Cuts all connections. */
  close(): void {
    this.#agent.destroy();
  }

  async #get(endpoint: Endpoint, path: string, maxBytes: number): Promise<HttpAnswer> {
    const { host, port, hostHeader } = endpoint;
    const headers = { host: hostHeader };
    const outgoing = request({ host, port, path, headers, agent: this.#agent });
    outgoing.on('error', () => {}); // the response reports the errors after its head
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      outgoing.destroy();
    }, this.#timeoutMs);
    try {
      outgoing.end();
      const [response]: IncomingMessage[] = await once(outgoing, 'response');
      if (response === undefined) throw new Error('no response');
      return { status: response.statusCode ?? 0, body: await readBody(response, maxBytes) };
    } catch (error) {
      const late = `no answer within ${this.#timeoutMs / SECOND} s`;
      throw new Error(isLate ? late : describeConnectionError(error), { cause: error });
    } finally {
      clearTimeout(timer);
      outgoing.destroy();
    }
  }
}

interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`the answer is longer than ${maxBytes / KIB} KiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
