import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatPipelineAddress,
  parsePipelineAddress,
} from '../../../ui/pipeline/pipelineAddress.ts';

function reformat(text: string): Record<string, string | undefined> {
  const params = formatPipelineAddress(parsePipelineAddress(new URLSearchParams(text)));
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
}

test('the address of the view keeps its selection', () => {
  for (const text of [
    '',
    'show=table&sort=-waiting',
    'show=graph&actor=infer',
    'name=in%26fer&troubled=true&sort=name',
  ]) {
    assert.deepEqual(reformat(text), Object.fromEntries(new URLSearchParams(text)));
  }
});

test('unknown values count as absent', () => {
  assert.deepEqual(reformat('show=map&sort=-constructor&troubled=yes&actor='), {});
});
