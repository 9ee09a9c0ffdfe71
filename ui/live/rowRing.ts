/** The newest rows. Adding one is cheap: old rows are dropped from time to time, many at once. */
export class RowRing<Row> {
  readonly #maxRows: number;
  #rows: Row[];

  constructor(maxRows: number, rows: readonly Row[] = []) {
    this.#maxRows = maxRows;
    this.#rows = rows.slice(-maxRows);
  }

  get size(): number {
    return Math.min(this.#rows.length, this.#maxRows);
  }

  add(row: Row): void {
    this.#rows.push(row);
    if (this.#rows.length >= 2 * this.#maxRows) this.#rows = this.toArray();
  }

  /** Returns the newest rows, the oldest of them first. */
  toArray(): Row[] {
    return this.#rows.slice(-this.#maxRows);
  }
}
