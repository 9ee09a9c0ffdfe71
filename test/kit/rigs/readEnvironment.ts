import assert from 'node:assert/strict';
import { ConfigError, readConfig, type Environment } from '../../../src/config/config.ts';

/** The variables without a default. */
export const REQUIRED = { ASYA_ACTOR_NAME: 'infer' };

/** The problems of an environment to which the required variables are added. */
export function problemsOf(environment: Environment): readonly string[] {
  try {
    readConfig({ ...REQUIRED, ...environment });
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems;
  }
}

/** The warnings about an environment to which the required variables are added. */
export function warningsOf(environment: Environment): readonly string[] {
  return readConfig({ ...REQUIRED, ...environment }).warnings;
}
