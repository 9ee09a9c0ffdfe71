import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, test, type TestContext } from 'node:test';
import { killOnExit } from '../kit/processes/killOnExit.ts';
import { PROGRAM } from '../kit/processes/program.ts';
import { startSidecarProcess, type ProgramResult } from '../kit/processes/sidecarProcess.ts';
import { within } from '../kit/processes/until.ts';
import { openStage, type Stage, type StageOptions } from '../kit/rigs/stage.ts';
import { startScriptedRuntime, type Script } from '../kit/runtimes/scriptedRuntime.ts';

/** `send --wait` as a program, with a sidecar as another one. */
export function sendAndWait(transportName: string, stageOptions: StageOptions): void {
  describe(`send --wait on ${transportName}`, { timeout: 240_000 }, () => {
    test('prints the final payload', async (t) => {
      const { send } = await startActor(t, stageOptions, (payload) => payload);
      const ran = await send(1, '{"n": 1.0, "big": 9007199254740993}');
      const out = '{"n": 1.0, "big": 9007199254740993}\n';
      assert.deepEqual(ran, { code: 0, out, err: '' });
    });

    test('prints the leaves of nested fan-outs and the error of one', async (t) => {
      const script: Script = (payload) =>
        payload === '"bad"' ? '{"error":"e","message":"broken"}' : payload;
      const { send, actor } = await startActor(t, stageOptions, script);
      const ran = await send(4, '[[["a","b"],"c"],"bad"]');
      assert.equal(ran.code, 1, ran.err);
      const lines = ran.out.trimEnd().split('\n');
      const leaves = lines.map((line) => line.replace(/^\S+ /, '')).toSorted();
      assert.deepEqual(leaves, ['[0][0][0]\t"a"', '[0][0][1]\t"b"', '[0][1]\t"c"']);
      assert.match(
        ran.err,
        new RegExp(`^\\S+\\.0\\.1 \\[1\\]: runtime_error at "${actor}": broken\n$`),
      );
    });

    test('prints what is missing when the time is over, and ends with 3', async (t) => {
      const { send } = await startActor(t, stageOptions, () => 'hang');
      const ran = await send(1, '1', ['--wait', '2s']);
      assert.equal(ran.code, 3, ran.err);
      assert.match(ran.err, /^time over after 2s; 1 of 1 answers missing: journey [\w-]{36}\n$/);
    });

    test('ends at a signal with 1', async (t) => {
      const called = Promise.withResolvers<void>();
      const { start } = await startActor(t, stageOptions, () => {
        called.resolve();
        return 'hang';
      });
      const { child, ended } = start(1, '1', ['--wait', '60s']);
      await called.promise;
      child.kill('SIGINT');
      const ran = await ended;
      assert.equal(ran.code, 1);
      assert.match(ran.err, /^stopped by a signal; 1 of 1 answers missing: /);
    });
  });
}

interface Actor {
  readonly stage: Stage;
  readonly actor: string;
  /** Sends a payload through the actor, as often as its route names it. */
  readonly start: (
    hops: number,
    payload: string,
    options?: readonly string[],
    variables?: Readonly<Record<string, string>>,
  ) => { readonly child: ChildProcess; readonly ended: Promise<ProgramResult> };
  readonly send: (
    hops: number,
    payload: string,
    options?: readonly string[],
  ) => Promise<ProgramResult>;
}

export async function startActor(
  t: TestContext,
  stageOptions: StageOptions,
  script: Script,
): Promise<Actor> {
  const stage = await openStage(t, stageOptions);
  const runtime = await startScriptedRuntime(stage.socketPath, script);
  t.after(() => runtime.stop());
  const sidecar = await startSidecarProcess(stage.variables);
  t.after(sidecar.close);
  await sidecar.ready();
  const actor = stage.variables['ASYA_ACTOR_NAME'] ?? '';
  const start: Actor['start'] = (hops, payload, options = ['--wait', '20s'], variables = {}) => {
    const route = Array.from({ length: hops }, () => actor).join(',');
    const child = spawn(process.execPath, [PROGRAM, 'send', '--route', route, ...options, '-'], {
      env: { ...stage.variables, ...variables },
      stdio: 'pipe',
    });
    killOnExit(child);
    child.stdin.end(payload);
    const all = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
    const ended = within(all, 'the end of send', 30_000).then(([[code], out, err]) => ({
      code: code as number | null,
      out,
      err,
    }));
    return { child, ended };
  };
  return {
    stage,
    actor,
    start,
    send: (...args) => start(...args).ended,
  };
}
