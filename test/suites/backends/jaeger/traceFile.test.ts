import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { findGoProgram } from '../../../kit/programs/goProgram.ts';
import type { JaegerSpan } from '../../../kit/telemetry/jaegerTrace.ts';
import { drawJaegerSpans } from '../../../kit/telemetry/jaegerTree.ts';
import { openBackend, type Backend } from './backend.ts';
import { Journeys, type Journey } from './journeys.ts';
import { expectedTree, SHOWN_TAGS } from './trees.ts';

/**
 * All sidecars write to one trace file. It is uploaded to a real Jaeger as its page does, and its
 * lines are posted to the receiver of OTLP as docs/observability.md says.
 */

const { path: program, skip } = await findGoProgram('jaeger');
const folder = await mkdtemp(join(tmpdir(), 'asya-trace-file-'));
const file = join(folder, 'traces.otlp.jsonl');

let backend: Backend;
let journeys: readonly Journey[];

before(async () => {
  if (skip !== false) return;
  backend = await openBackend({ program, exporterOf: () => ({ ASYA_TRACE_FILE: file }) });
  const sender = new Journeys(backend);
  await sender.sendEnvelopes('none');
  await sender.sendForeignMessages();
  await sender.crashBatches('none');
  await backend.stop();
  journeys = sender.all;
});
after(async () => {
  await backend?.close();
  await rm(folder, { recursive: true });
});

test(
  'an upload of the file shows each journey with the tree of what happened',
  { skip },
  async () => {
    const spans = (await backend.jaeger.upload(await readFile(file, 'utf8'))).flatMap(
      (trace) => trace.spans,
    );
    for (const journey of journeys) {
      const own = spans.filter(({ tags }) => tags.get('asya.journey.id') === journey.id);
      assert.equal(
        drawJaegerSpans(own, SHOWN_TAGS),
        treeOf(journey),
        `${journey.kind} ${journey.id}`,
      );
    }
  },
);

test(
  'an upload shows the same spans as Jaeger after each line was posted to it',
  { skip },
  async () => {
    const text = await readFile(file, 'utf8');
    for (const line of text.split('\n').filter((each) => each !== '')) {
      const response = await fetch(`${backend.jaeger.otlp.http}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: line,
      });
      assert.equal(response.status, 200);
    }
    const uploaded = await backend.jaeger.upload(text);
    assert.ok(uploaded.length > journeys.length);
    for (const { traceId, spans } of uploaded) {
      const posted = await backend.jaeger.trace(traceId);
      assert.deepEqual(
        posted?.spans.map(withoutWarnings).toSorted(byId),
        spans.map(withoutWarnings).toSorted(byId),
      );
    }
  },
);

function treeOf({ kind }: Journey): string {
  return expectedTree({ kind, hasProducerSpan: false, giveBacks: 0, callsBefore: 0 });
}

/** A span without warnings, which an upload does not have. */
function withoutWarnings(span: JaegerSpan): JaegerSpan {
  return { ...span, warnings: [] };
}

function byId(a: Pick<JaegerSpan, 'spanId'>, b: Pick<JaegerSpan, 'spanId'>): number {
  return a.spanId < b.spanId ? -1 : 1;
}
