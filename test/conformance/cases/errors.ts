import assert from 'node:assert/strict';
import { payloadsOf } from '../../kit/runtimes/replies.ts';
import type { Fault } from '../../../src/faults.ts';
import type { Reply } from '../../../src/runtime/runtime.ts';
import type { Case } from '../case.ts';

const MESSAGES: Readonly<Record<string, string>> = {
  'of one line': 'not today',
  'of two lines': 'not today\nbut tomorrow',
  'of any script': 'nicht heute 🎈 "\\ \u0000',
  'without a character': '',
};

export const ERROR_CASES: readonly Case[] = [
  {
    title: 'an exception is an error with its class, its message and a traceback',
    async run({ runtime }) {
      const reply = await runtime.ask({ do: 'fail', message: 'not today' });
      const { code, message, type, traceback } = failedFault(reply);
      assert.deepEqual([code, message, type], ['runtime_error', 'not today', 'NotToday']);
      assert.match(traceback ?? '', /NotToday[\s\S]*actor\.(?:py|ts)|actor\.py[\s\S]*NotToday/);
      assert.ok(reply.kind === 'failed' && !reply.retryable);
    },
  },
  ...Object.entries(MESSAGES).map(([kind, sent]): Case => ({
    title: `a message ${kind} is reported as it is`,
    async run({ runtime }) {
      const { message } = failedFault(await runtime.ask({ do: 'fail', message: sent }));
      assert.equal(message, sent);
    },
  })),
  {
    title: 'half a character in a message is replaced',
    async run({ runtime }) {
      const { message } = failedFault(await runtime.ask({ do: 'fail', message: 'half \ud83d' }));
      assert.equal(message, 'half \ufffd');
    },
  },
  {
    title: 'a message of 1 MB is cut',
    async run({ runtime }) {
      const reply = await runtime.ask({ do: 'fail', message: 'x'.repeat(1_000_000) });
      assert.match(failedFault(reply).message, /^x{1000}/);
    },
  },
  {
    title: 'the base classes of an exception are reported, the nearest first',
    needs: ['reports base classes'],
    async run({ runtime }) {
      const { mro } = failedFault(await runtime.ask({ do: 'fail', message: '' }));
      assert.ok(mro?.[0] === 'ValueError' || mro?.[0] === 'RangeError', String(mro));
      assert.ok(mro.includes('Exception') || mro.includes('Error'), String(mro));
    },
  },
  {
    title: 'an exception whose text cannot be read is an error of the call',
    needs: ['reports any error'],
    async run({ runtime }) {
      failedFault(await runtime.ask({ do: 'fail without text' }));
      assert.deepEqual(payloadsOf(await runtime.ask({ do: 'return', value: 1 })), ['1']);
    },
  },
  {
    title: 'a retry is an error that another attempt may avoid',
    needs: ['retries'],
    async run({ runtime }) {
      const reply = await runtime.ask({ do: 'retry' });
      assert.equal(failedFault(reply).code, 'runtime_error');
      assert.ok(reply.kind === 'failed' && reply.retryable);
    },
  },
  {
    title: 'a retry after a time is a deferral',
    needs: ['defers'],
    async run({ runtime }) {
      const reply = await runtime.ask({ do: 'retry', after: 5 });
      assert.deepEqual(
        [reply.kind, reply.kind === 'deferred' && reply.afterMs],
        ['deferred', 5000],
      );
    },
  },
  {
    title: 'a rejection is an error with the code that the actor chose',
    needs: ['names error codes'],
    async run({ runtime }) {
      const reply = await runtime.ask({ do: 'reject', code: 'too_old', message: 'before 2020' });
      const { code, runtimeCode, message } = failedFault(reply);
      assert.deepEqual([code, runtimeCode, message], ['runtime_error', 'too_old', 'before 2020']);
      assert.ok(reply.kind === 'failed' && !reply.retryable);
    },
  },
];

function failedFault(reply: Reply): Fault {
  assert.ok(reply.kind === 'failed', JSON.stringify(reply));
  return reply.fault;
}
