import assert from 'node:assert/strict';
import { MIB } from '../../../src/units.ts';
import { faultMessageOf, payloadsOf } from '../../kit/runtimes/replies.ts';
import type { Case } from '../case.ts';
import type { Action } from '../runtimeUnderTest.ts';
import type { Feature } from '../runtimes/adapter.ts';

interface ReplyCase {
  readonly title: string;
  readonly action: Action;
  /** The payloads of the reply. */
  readonly payloads: readonly unknown[];
  readonly needs?: readonly Feature[];
}

const ANSWERS: readonly ReplyCase[] = [
  ...[{ n: 2 }, {}, 'text', '', 7, 0, -1.5, true, false].map((value) => ({
    title: `the value ${JSON.stringify(value)} is one payload`,
    action: { do: 'return', value },
    payloads: [value],
  })),
  {
    title: 'a list is a fan-out',
    action: { do: 'return', value: [{ n: 1 }, 'two', 3] },
    payloads: [{ n: 1 }, 'two', 3],
  },
  {
    title: 'a list of one value is one payload',
    action: { do: 'return', value: [{ n: 1 }] },
    payloads: [{ n: 1 }],
  },
  {
    title: 'a list in a list is one payload',
    action: { do: 'return', value: [[1, 2]] },
    payloads: [[1, 2]],
  },
  {
    title: 'null in a list is a payload',
    action: { do: 'return', value: [null, false] },
    payloads: [null, false],
  },
  { title: 'null is an empty reply', action: { do: 'return', value: null }, payloads: [] },
  { title: 'an empty list is an empty reply', action: { do: 'return', value: [] }, payloads: [] },
  {
    title: 'text of any script is returned as it was received',
    action: { do: 'return', value: { 'Grüße\u0000\u2028"\\': '🎈 你好 \u001f' } },
    payloads: [{ 'Grüße\u0000\u2028"\\': '🎈 你好 \u001f' }],
  },
  {
    title: 'a lone surrogate is returned as it was received',
    action: { do: 'return', value: 'half \ud83d' },
    payloads: ['half \ud83d'],
  },
  {
    title: 'keys of JavaScript and Python objects are ordinary keys',
    action: {
      do: 'return',
      value: JSON.parse('{"__proto__":{"a":1},"constructor":2,"__class__":3}'),
    },
    payloads: [JSON.parse('{"__proto__":{"a":1},"constructor":2,"__class__":3}')],
  },
  {
    title: 'the values of a generator are a fan-out',
    needs: ['generators'],
    action: { do: 'generate', values: [1, [2], null] },
    payloads: [1, [2], null],
  },
  {
    title: 'a generator without values is an empty reply',
    needs: ['generators'],
    action: { do: 'generate', values: [] },
    payloads: [],
  },
];

export const REPLY_CASES: readonly Case[] = [
  ...ANSWERS.map(({ action, payloads, ...rest }): Case => ({
    ...rest,
    async run({ runtime }) {
      const texts = payloadsOf(await runtime.ask(action));
      assert.deepEqual(
        texts.map((text) => JSON.parse(text)),
        payloads,
      );
    },
  })),
  {
    title: 'large integers are exact',
    needs: ['exact integers'],
    async run({ runtime }) {
      const payload = '{"do":"return","value":{"n":123456789012345678901234567890}}';
      const [text = ''] = payloadsOf(await runtime.ask({ do: '' }, { payload }));
      assert.equal(text.replaceAll(' ', ''), '{"n":123456789012345678901234567890}');
    },
  },
  {
    title: 'a payload of 10 MB is answered with a reply of 10 MB',
    async run({ runtime }) {
      const value = 'é'.repeat(5 * MIB);
      const [text = ''] = payloadsOf(await runtime.ask({ do: 'return', value }));
      assert.ok(JSON.parse(text) === value);
    },
  },
  {
    title: '300 nested lists are returned, and 100,000 do no harm',
    async run({ runtime }) {
      const [text = ''] = payloadsOf(await runtime.ask({ do: 'nest', levels: 300 }));
      assert.equal(text.replace(' ', ''), `{"nested":${'['.repeat(300)}1${']'.repeat(300)}}`);
      await runtime.ask({ do: 'nest', levels: 100_000 });
      assert.deepEqual(payloadsOf(await runtime.ask({ do: 'return', value: 1 })), ['1']);
    },
  },
  ...['not a number', 'not JSON'].map((action): Case => ({
    title: `a result that is ${action} is an error of the call`,
    needs: ['checks results'],
    async run({ runtime }) {
      faultMessageOf(await runtime.ask({ do: action }), 'runtime_error');
      assert.deepEqual(payloadsOf(await runtime.ask({ do: 'return', value: 1 })), ['1']);
    },
  })),
  {
    title: 'a generator that fails in the middle is an error, without the values before',
    needs: ['generators'],
    async run({ runtime }) {
      const reply = await runtime.ask({ do: 'generate', values: [1, 'fail', 2] });
      assert.equal(faultMessageOf(reply, 'runtime_error'), 'in the middle');
    },
  },
];
