import { readConfig, type Config } from '../../../src/config/config.ts';

/** Parts of a configuration; the others have their defaults. */
export type ConfigOverrides = Partial<Omit<Config, 'runtime' | 'retry'>> & {
  readonly runtime?: Partial<Config['runtime']>;
  readonly retry?: Partial<Config['retry']>;
};

/**
 * A configuration for a sidecar in the test's own process. The rules between fields do not apply.
 */
export function testConfig({ runtime, retry, ...others }: ConfigOverrides = {}): Config {
  const { config } = readConfig({ ASYA_TRANSPORT: 'memory', ASYA_ACTOR_NAME: 'infer' });
  return {
    ...config,
    ...others,
    runtime: { ...config.runtime, ...runtime },
    retry: { ...config.retry, ...retry },
  };
}
