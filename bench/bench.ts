import type { ReleaseSeries } from '../test/kit/brokers/releaseSeries.ts';
import type { Queues } from './broker.ts';
import type { Figure } from './figures.ts';
import type { Environment } from './worker.ts';

/** The environment and options of a scenario. */
export interface Bench {
  readonly environment: Environment;
  readonly queues: Queues;
  /** The release series of RabbitMQ, for scenarios that start another broker. */
  readonly series: ReleaseSeries;
  /** The number of measurements of each figure. */
  readonly turns: number;
  /** The program of another build of the sidecar, which then replaces the limit. */
  readonly against: string | undefined;
  /** Arguments of Node for the sidecar. */
  readonly nodeArguments: readonly string[];
  /** Prints a figure. Called as soon as the figure is measured. */
  readonly report: (figure: Figure) => void;
}
