import { setFlagsFromString } from 'node:v8';

/**
 * Lets V8 weigh buffers together with its heap when it decides to collect, and collect when what it weighs has doubled.
 * By default it counts them apart, and some tens of MiB of new ones start a full collection: a sidecar's messages are
 * buffers that die young, so that a few large ones cost a collection of everything each time. Said before anything is
 * received, it changes when V8 collects, and nothing else.
 */
export function weighBuffersWithHeap(): void {
  for (const flag of FLAGS) setFlagsFromString(flag);
}

const FLAGS = [
  '--external-memory-accounted-in-global-limit',
  '--external-memory-max-growing-factor=2',
  '--heap-growing-percent=100',
];
