import { KIB } from './units.ts';

/** Node may place smaller buffers in shared memory, and their size does not justify a call. */
const MIN_BYTES = 64 * KIB;

/**
 * Frees the memory of a large buffer, which is empty afterwards. No other code may read the buffer
 * and no socket may still write it. A buffer that is a view of a larger one stays unchanged.
 *
 * The plain version does nothing: V8 frees the memory in a later full collection, and lets tens of
 * megabytes accumulate first. With 10 MB payloads at concurrency 4 the peak of memory is 237 MiB
 * instead of 313 MiB (`npm run bench -- peak`, docs/adr/0010).
 */
export function freeBuffer(bytes: Buffer): void {
  const { buffer, byteOffset, length } = bytes;
  if (length < MIN_BYTES || byteOffset > 0 || length < buffer.byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
