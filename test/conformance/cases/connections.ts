import assert from 'node:assert/strict';
import { MIB } from '../../../src/units.ts';
import { payloadsOf } from '../../kit/runtimes/replies.ts';
import type { Case } from '../case.ts';
import { createHold } from '../hold.ts';
import { encodeRequest } from '../rawConnection.ts';
import type { RuntimeUnderTest } from '../runtimeUnderTest.ts';

const ECHO = '{"do":"return","value":1}';

export const CONNECTION_CASES: readonly Case[] = [
  {
    title: 'a connection carries many calls',
    needs: ['keeps connections'],
    async run({ runtime, protocol }) {
      const connection = await runtime.connect();
      for (let call = 0; call < 100; call++) {
        await connection.write(encodeRequest(protocol, `{"do":"return","value":"call ${call}"}`));
        const { body } = await connection.reply();
        assert.ok(body.includes(`"call ${call}"`), body.toString());
      }
    },
  },
  {
    title: 'an error leaves its connection usable',
    needs: ['keeps connections'],
    async run({ runtime, protocol }) {
      const connection = await runtime.connect();
      await connection.write(encodeRequest(protocol, '{"do":"fail","message":"not today"}'));
      assert.match((await connection.reply()).body.toString(), /not today/);
      await connection.write(encodeRequest(protocol, ECHO));
      assert.match((await connection.reply()).body.toString(), /1/);
    },
  },
  {
    title: 'connections that close without a request do no harm',
    async run({ runtime }) {
      for (let probe = 0; probe < 20; probe++) (await runtime.connect()).socket.destroy();
      for (let probe = 0; probe < 20; probe++) (await runtime.connect()).socket.end();
      await assertAnswers(runtime);
    },
  },
  {
    title: 'a connection without a request does not delay the others',
    needs: ['serves connections concurrently'],
    async run({ runtime }) {
      await runtime.connect();
      await assertAnswers(runtime);
    },
  },
  {
    title: 'a request that ends in the middle does no harm',
    async run({ runtime, protocol }) {
      const bytes = encodeRequest(protocol, ECHO);
      for (const length of [1, 3, 5, bytes.length - 1]) {
        const connection = await runtime.connect();
        await connection.write(bytes.subarray(0, length));
        connection.socket.destroy();
        await assertAnswers(runtime);
      }
    },
  },
  {
    title: 'a connection that is lost during its call does no harm',
    async run({ runtime, protocol }) {
      const hold = createHold(runtime, 1);
      const connection = await runtime.connect();
      await connection.write(encodeRequest(protocol, JSON.stringify(hold.action)));
      await hold.begun();
      connection.socket.destroy();
      await hold.release();
      await assertAnswers(runtime);
    },
  },
  {
    title: 'a connection that is lost during a large reply does no harm',
    async run({ runtime, protocol }) {
      const connection = await runtime.connect();
      const request = `{"do":"text","length":${16 * MIB}}`;
      await connection.write(encodeRequest(protocol, request));
      await new Promise((resolve) => connection.socket.once('data', resolve));
      connection.socket.destroy();
      await assertAnswers(runtime);
    },
  },
  {
    title: 'a request may arrive in pieces of one byte',
    async run({ runtime, protocol }) {
      const connection = await runtime.connect();
      for (const byte of encodeRequest(protocol, ECHO)) await connection.write(Buffer.of(byte));
      assert.match((await connection.reply()).body.toString(), /1/);
    },
  },
  {
    title: 'each of 64 calls on 8 connections receives its own reply',
    async run({ runtime }) {
      const workers = Array.from({ length: 8 }, async (_, worker) => {
        for (let call = 0; call < 8; call++) {
          const value = `call ${worker}.${call}`;
          const reply = await runtime.ask({ do: 'return', value });
          assert.deepEqual(payloadsOf(reply), [JSON.stringify(value)]);
        }
      });
      await Promise.all(workers);
    },
  },
  {
    title: 'two calls run at the same time',
    needs: ['runs calls concurrently'],
    async run({ runtime }) {
      const holds = [createHold(runtime, 1), createHold(runtime, 2)];
      const replies = holds.map(({ action }) => runtime.ask(action));
      for (const { begun } of holds) await begun();
      for (const { release } of holds.toReversed()) await release();
      const payloads = (await Promise.all(replies)).flatMap((reply) => payloadsOf(reply));
      assert.deepEqual(payloads, ['1', '2']);
    },
  },
];

async function assertAnswers(runtime: RuntimeUnderTest): Promise<void> {
  assert.deepEqual(payloadsOf(await runtime.ask({ do: 'return', value: 1 })), ['1']);
}
