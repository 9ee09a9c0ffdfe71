import type { TestContext } from 'node:test';
import type { RuntimeUnderTest } from './runtimeUnderTest.ts';
import type { Feature, Protocol } from './runtimes/adapter.ts';

/** One case of the conformance suite. */
export interface Case {
  readonly title: string;
  /** The features without which the case is skipped. */
  readonly needs?: readonly Feature[];
  /** @default all protocols */
  readonly protocols?: readonly Protocol[];
  readonly run: (stage: Stage) => Promise<void>;
}

/** What a case works with. */
export interface Stage {
  readonly t: TestContext;
  readonly protocol: Protocol;
  readonly features: ReadonlySet<Feature>;
  /** A process that all cases share. No case may end it. */
  readonly runtime: RuntimeUnderTest;
  /** Starts a process of the case's own, without waiting for it. */
  readonly spawn: (options?: SpawnOptions) => Promise<RuntimeUnderTest>;
}

export interface SpawnOptions {
  /** @default a path in a temporary folder */
  readonly socketPath?: string;
  readonly env?: Readonly<Record<string, string>>;
}
