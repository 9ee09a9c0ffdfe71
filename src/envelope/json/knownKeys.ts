/**
 * An immutable table of the keys that a reader expects. The scanner compares the bytes of a key
 * with the table before it decodes them.
 *
 * The plain version decodes every key. V8 then creates a string, and looks it up among all strings
 * of the process when the key enters a `Map`. With the table, reading a small envelope takes 0.70
 * of the time (`node bench/json.ts --against`), and a sidecar on the memory transport makes 1.05
 * times the hops (`node bench/telemetryHops.ts`); see bench/README.md.
 */
export class KnownKeys {
  readonly #byLength: readonly (readonly Candidate[] | undefined)[];

  constructor(keys: Iterable<string>) {
    const byLength: Candidate[][] = [];
    for (const key of keys) {
      const bytes = Buffer.from(key);
      (byLength[bytes.length] ??= []).push({ key, bytes });
    }
    this.#byLength = Array.from(byLength);
  }

  /** Returns the known key whose bytes are those from `start` to `end`, or undefined. */
  find(bytes: Buffer, start: number, end: number): string | undefined {
    const candidates = this.#byLength[end - start];
    if (candidates === undefined) return undefined;
    for (const candidate of candidates) {
      if (startsWith(bytes, start, candidate.bytes)) return candidate.key;
    }
    return undefined;
  }
}

interface Candidate {
  readonly key: string;
  readonly bytes: Buffer;
}

function startsWith(bytes: Buffer, start: number, expected: Buffer): boolean {
  for (let i = 0; i < expected.length; i++) {
    if (bytes[start + i] !== expected[i]) return false;
  }
  return true;
}
