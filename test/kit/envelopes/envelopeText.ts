import * as fc from 'fast-check';
import { jsonText, objectText, padded, stringText } from './jsonText.ts';

/** Unusual but valid envelopes: fields in any order, unknown fields, some optional fields. */
export const envelopeText: fc.Arbitrary<string> = optional({
  parent_id: fc.oneof(stringText(fc.string()), fc.constant('null')),
  headers: fc.oneof(headersText(), fc.constantFrom('{}', '{ }', 'null')),
}).chain((some) => padded(objectText({ id, route: routeText(), payload: jsonText(), ...some })));

const id = stringText(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }));

function routeText(): fc.Arbitrary<string> {
  const names = fc.array(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,10}$/), {
    minLength: 1,
    maxLength: 4,
  });
  return names.chain((actors) =>
    optional({ metadata: fc.oneof(objectText({}), fc.constant('null')) }).chain((some) =>
      objectText({
        actors: padded(fc.constant(JSON.stringify(actors))),
        current: fc.nat(actors.length - 1).map(String),
        ...some,
      }),
    ),
  );
}

function headersText(): fc.Arbitrary<string> {
  return optional({
    'x-asya-journey-id': jsonText(1),
    'x-asya-started-at': fc.oneof(jsonText(1), fc.constant('"2026-11-23T21:00:00.123Z"')),
    'x-asya-hops': fc.oneof(jsonText(1), fc.nat().map(String)),
    'x-asya-fanout': fc.oneof(jsonText(1), fc.constant('{"of":"a", "index":0,"total":2,"hop":1}')),
    'x-asya-deadline': fc.constantFrom('null', '"2026-11-23T21:00:00.123+01:00"'),
    traceparent: jsonText(1),
  }).chain(objectText);
}

/** A random subset of the members. */
function optional(
  members: Readonly<Record<string, fc.Arbitrary<string>>>,
): fc.Arbitrary<Record<string, fc.Arbitrary<string>>> {
  return fc.subarray(Object.entries(members)).map((some) => Object.fromEntries(some));
}
