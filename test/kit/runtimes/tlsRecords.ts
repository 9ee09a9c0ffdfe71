import type { Socket } from 'node:net';

/** The first byte of a record with encrypted content (RFC 8446, section 5.1). */
export const ENCRYPTED_RECORD = 23;

const HEADER_BYTES = 5;
const LENGTH_OFFSET = 3;

/** Passes each TLS record that a socket receives to `onRecord`, whole and with its header. */
export function forEachTlsRecord(socket: Socket, onRecord: (record: Buffer) => void): void {
  let unread: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    while (unread.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + unread.readUInt16BE(LENGTH_OFFSET);
      if (unread.length < end) return;
      onRecord(unread.subarray(0, end));
      unread = unread.subarray(end);
    }
  });
}
