import { setFlagsFromString } from 'node:v8';

/**
 * Lets V8 weigh buffers together with its heap when it decides to collect. By default it counts them apart, and some tens
 * of MiB of new ones start a full collection: a sidecar's messages are buffers that die young, so that a few large ones cost
 * a collection of everything each time. The heap, which is small, may grow to two and a half times what was alive after the
 * last one, and buffers, which may be large, to twice. Said before anything is received, it changes when V8 collects, and nothing else.
 */
export function weighBuffersWithHeap(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit');
  if (Number.parseInt(process.versions.v8, 10) >= 14) {
    setFlagsFromString('--heap-growing-percent=150');
    setFlagsFromString('--external-memory-max-growing-factor=2');
  } else {
    // Older ones, as in Node 24, know no factor for buffers alone, and would say so on standard error: both may double.
    setFlagsFromString('--heap-growing-percent=100');
  }
}
