import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 collect everything only when heap and buffers together have grown to 2.3 times what was alive after the last time.
 * By default it counts buffers apart, and some tens of MiB of new ones start a full collection: a sidecar's messages are
 * buffers that die young, so that a few large ones cost a collection of everything each time. Nor does it begin ahead, step
 * by step: it would go on to the end, although the next collection of what is young makes room enough. Said before anything
 * is received, it changes when V8 collects, and nothing else.
 */
export function collectOnlyWhenFull(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit');
  setFlagsFromString('--heap-growing-percent=130');
  setFlagsFromString('--no-incremental-marking');
  // Newer ones let buffers grow by a third only. Older ones, as in Node 24, would say that they do not know this.
  if (Number.parseInt(process.versions.v8, 10) >= 14) {
    setFlagsFromString('--external-memory-max-growing-factor=2.3');
  }
}
