const UNIT_BYTES: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['B', 1],
  ['kB', 1e3],
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['KiB', 2 ** 10],
  ['MiB', 2 ** 20],
  ['GiB', 2 ** 30],
  ['Ki', 2 ** 10],
  ['Mi', 2 ** 20],
  ['Gi', 2 ** 30],
]);

/**
 * Parses a size in bytes: `16711680`, `512KiB`, `64Mi` (the notation of Kubernetes), `10MB`.
 * @returns undefined if the text is not a size
 */
export function parseSize(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d+) ?([A-Za-z]*)$/.exec(text) ?? [];
  const unitBytes = UNIT_BYTES.get(unit);
  return digits === undefined || unitBytes === undefined ? undefined : Number(digits) * unitBytes;
}

/** Prints bytes in the largest binary unit that needs no fraction. */
export function formatSize(sizeBytes: number): string {
  const unit = ['GiB', 'MiB', 'KiB'].find(
    (name) => sizeBytes > 0 && sizeBytes % (UNIT_BYTES.get(name) ?? 1) === 0,
  );
  return unit === undefined
    ? String(sizeBytes)
    : `${sizeBytes / (UNIT_BYTES.get(unit) ?? 1)}${unit}`;
}
