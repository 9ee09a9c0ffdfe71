import type { CheckResult } from '../../../src/check.ts';
import { checkCommand } from '../../../src/cli/check.ts';
import type { Environment } from '../../../src/config/config.ts';
import { runCommand } from './commandContext.ts';

/** The exit code of `check --connect`, and its results by check. */
export interface Checked {
  readonly code: number;
  readonly results: ReadonlyMap<string, Pick<CheckResult, 'result' | 'detail'>>;
}

/** Runs `check --connect` in this process. */
export async function checkConnect(
  environment: Environment,
  args: readonly string[] = [],
): Promise<Checked> {
  const { code, out } = await runCommand(checkCommand, ['--connect', '--json', ...args], {
    environment: { ASYA_ACTOR_NAME: 'infer', ...environment },
  });
  const results = out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CheckResult);
  return {
    code,
    results: new Map(results.map(({ check, result, detail }) => [check, { result, detail }])),
  };
}
