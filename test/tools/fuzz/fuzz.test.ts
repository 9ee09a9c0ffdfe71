import test from 'node:test';
import * as fc from 'fast-check';
import { PROPERTIES } from '../../../tools/fuzz/properties.ts';

const RUNS = 500;

for (const [name, property] of Object.entries(PROPERTIES)) {
  test(`${name}: no input crashes the reader, is lost, or changes a prototype`, () => {
    void fc.assert(property, { numRuns: RUNS });
  });
}
