import type { PipelineFiles } from './pipeline.ts';
import type { Random } from './random.ts';

/** The actors of a pipeline, the envelopes that a producer sends, and what must become of them. */
export interface Workload {
  readonly actors: Readonly<Record<string, ActorRole>>;
  /**
   * The number of replicas, by actor. The second replica of infer has the name `infer-2`.
   * @default 1
   */
  readonly replicas?: Readonly<Record<string, number>>;
  /** Additional variables of the sidecars. */
  readonly env?: Readonly<Record<string, string>>;
  /** Encodes the message with a number, which is counted from 1. */
  readonly encode: (number: number, random: Random) => LoadMessage;
  /** Whether the sender of an error envelope caused its fault code. */
  readonly isExpectedError: (code: string, body: Buffer) => boolean;
  /** Examines the files of a finished run. @default no further rules */
  readonly examine?: (files: PipelineFiles) => Promise<Examination>;
}

export interface ActorRole {
  /** Selects the behaviour of the runtime. */
  readonly role: string;
  readonly protocol: string;
  /** The program of the runtime: `PROGRAM ADDRESS ROLE FILE`. */
  readonly runtime: string;
  /** The address is a TCP port instead of the path of a Unix socket. @default false */
  readonly isTcp?: boolean;
  /** The delay of each restart of the runtime. @default that of `supervise` */
  readonly restartDelayMs?: () => number;
  /** Additional variables of the sidecar and the runtime. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface LoadMessage {
  readonly queue: string;
  readonly body: Buffer;
}

export interface Examination {
  /** The broken rules, one line each. */
  readonly violations: readonly string[];
  /** Figures of the run, for people. */
  readonly summary: string;
}
