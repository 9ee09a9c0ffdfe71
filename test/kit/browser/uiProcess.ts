import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Closing } from '../processes/closing.ts';
import { killOnExit } from '../processes/killOnExit.ts';
import { PROGRAM } from '../processes/program.ts';
import type { Variables } from '../processes/sidecarProcess.ts';
import { within } from '../processes/until.ts';
import { MINUTE } from '../../../src/units.ts';

/** `asya-sidecar ui` in a child process. */
export interface UiProcess {
  /** The printed address, with the token in its fragment. */
  readonly address: string;
  /** Returns the address of a view. */
  addressOf(view: string, parameters?: Readonly<Record<string, string>>): string;
  readonly pid: number;
  /** The lines of both outputs so far. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** Sends SIGTERM. Resolves with the exit code; null if a signal killed the process. */
  stop(): Promise<number | null>;
}

const START_TIMEOUT_MS = MINUTE;
const ADDRESS = /https?:\/\/\S+#token=\S+/;

/** Starts the page's server. Resolves when it has printed its address. */
export async function startUiProcess(
  t: Closing,
  variables: Variables,
  args: readonly string[],
): Promise<UiProcess> {
  const child = spawn(process.execPath, [PROGRAM, 'ui', ...args], {
    env: { ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  killOnExit(child);
  const ended = once(child, 'close').then(([code]: unknown[]) =>
    typeof code === 'number' ? code : null,
  );
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let output = '';
  const printed = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const [address] = ADDRESS.exec(output) ?? [];
      if (address !== undefined) printed.resolve(address);
    });
  }
  const failed = ended.then((code) => {
    throw new Error(`asya-sidecar ui ended with ${String(code)}: ${output}`);
  });
  failed.catch(() => {}); // `within` has ended
  const started = Promise.race([printed.promise, failed]);
  const address = await within(started, 'the address of the page', START_TIMEOUT_MS);
  return {
    address,
    addressOf: (view, parameters = {}) =>
      `${address}&${String(new URLSearchParams({ view, ...parameters }))}`,
    pid: child.pid ?? 0,
    output: () => output,
    kill: (signal) => void child.kill(signal),
    stop: () => {
      child.kill('SIGTERM');
      return within(ended, 'the exit of asya-sidecar ui');
    },
  };
}
