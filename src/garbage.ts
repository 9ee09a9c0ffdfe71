import { setFlagsFromString } from 'node:v8';

/**
 * Lets V8 weigh buffers together with its heap when it decides to collect. By default it counts them apart, and some tens
 * of MiB of new ones start a full collection: a sidecar's messages are buffers that die young, so that a few large ones cost
 * a collection of everything each time. Heap and buffers may grow to 2.3 times what was alive after the last one. Said before
 * anything is received, it changes when V8 collects, and nothing else.
 */
export function weighBuffersWithHeap(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit');
  setFlagsFromString('--heap-growing-percent=130');
  // Newer ones let buffers grow by a third only. Older ones, as in Node 24, would say that they do not know this.
  if (Number.parseInt(process.versions.v8, 10) >= 14) {
    setFlagsFromString('--external-memory-max-growing-factor=2.3');
  }
}
