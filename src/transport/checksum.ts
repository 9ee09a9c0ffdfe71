import { createCipheriv, hash, randomBytes } from 'node:crypto';
import { KIB } from '../units.ts';

/** SHA-256 is faster for smaller bodies, because setting up a cipher takes 2 µs. */
const MIN_GMAC_BYTES = 4 * KIB;

/**
 * Creates a checksum of at least 128 bits that is valid within this process. Large bodies get a
 * GMAC under a random key, so that no producer can construct a collision. GMAC takes 0.4 ms for
 * 10 MB, SHA-256 5.2 ms (Node 26, AES-NI).
 */
export function createChecksum(): (bytes: Buffer) => string {
  const key = randomBytes(16);
  const nonce = randomBytes(12);
  return (bytes) => {
    if (bytes.length < MIN_GMAC_BYTES) return hash('sha256', bytes, 'base64');
    const cipher = createCipheriv('aes-128-gcm', key, nonce).setAAD(bytes);
    cipher.final();
    return cipher.getAuthTag().toString('base64');
  };
}
