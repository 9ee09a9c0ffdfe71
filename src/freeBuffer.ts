/** Smaller buffers may share their memory with others, and are not worth the call. */
const MIN_BYTES = 64 * 1024;

/**
 * Frees the memory of a large buffer at once; the buffer is empty from then on. For bytes that no
 * other code reads and no socket still writes. A view of a part of other bytes is left alone.
 *
 * The plain version is to do nothing: V8 then frees the bytes at a later full collection, and lets
 * tens of megabytes of them accumulate first. ADR 9 has the gain, `npm run bench -- peak` measures
 * it.
 */
export function freeBuffer(bytes: Buffer): void {
  const { buffer, byteOffset, length } = bytes;
  if (length < MIN_BYTES || byteOffset > 0 || length < buffer.byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
