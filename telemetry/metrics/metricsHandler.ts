import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { PrometheusSerializer, type PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { messageOf } from '../../src/faults.ts';
import { withPrometheusLabels } from './labels.ts';
import { renderOpenMetrics } from './openMetricsFormat.ts';

/**
 * Creates the handler of `/metrics`. A scraper that accepts OpenMetrics receives it, with
 * exemplars; other scrapers receive the text format of the exporter.
 */
export function createMetricsHandler(exporter: PrometheusExporter): RequestListener {
  const text = createTextFormat();
  let resource: Promise<void> | undefined;
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await (resource ??= awaitResource(exporter));
    await answer(exporter, response, acceptsOpenMetrics(request) ? OPEN_METRICS : text);
  };
  return (request, response) => void serve(request, response);
}

/** A text format of metrics. */
interface Format {
  readonly contentType: string;
  readonly render: (metrics: ResourceMetrics) => string;
}

const OPEN_METRICS: Format = {
  contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  render: renderOpenMetrics,
};

function createTextFormat(): Format {
  // Without prefix, timestamps and the labels of resource and scope; with `target_info`.
  const serializer = new PrometheusSerializer(undefined, false, undefined, false, true);
  return {
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    render: (metrics) => serializer.serialize(metrics),
  };
}

function acceptsOpenMetrics({ headers }: IncomingMessage): boolean {
  return headers.accept?.includes('application/openmetrics-text') ?? false;
}

/** Waits for the attributes of the resource that are read asynchronously, such as the host's id. */
async function awaitResource(exporter: PrometheusExporter): Promise<void> {
  try {
    const { resourceMetrics } = await exporter.collect();
    await resourceMetrics.resource.waitForAsyncAttributes?.();
  } catch {
    // The next collection reports its error to the scraper.
  }
}

async function answer(
  exporter: PrometheusExporter,
  response: ServerResponse,
  { contentType, render }: Format,
): Promise<void> {
  try {
    const { resourceMetrics } = await exporter.collect();
    const text = render(withPrometheusLabels(resourceMetrics));
    response.writeHead(200, { 'content-type': contentType });
    response.end(text);
  } catch (error) {
    response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(`metrics not collected: ${messageOf(error)}\n`);
  }
}
