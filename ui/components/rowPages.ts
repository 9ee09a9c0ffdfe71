const PAGE_SIZE = 100;
/** 4,000 rows. */
const MAX_PAGES = 40;

export interface RowPagesOptions<Row> {
  /** Requests some rows of the list. */
  readonly load: (offset: number, limit: number, signal: AbortSignal) => Promise<readonly Row[]>;
  /** Called when rows have arrived. */
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

/**
 * The rows of a long list, requested by pages when they are shown. It keeps at most 40 pages of 100
 * rows, and drops those that were shown the longest time ago.
 */
export class RowPages<Row> {
  readonly #options: RowPagesOptions<Row>;
  /** By page number, the most recently shown one last. */
  readonly #pages = new Map<number, readonly Row[]>();
  readonly #requested = new Map<number, AbortController>();

  constructor(options: RowPagesOptions<Row>) {
    this.#options = options;
  }

  /** Undefined while the row has not arrived. */
  at(index: number): Row | undefined {
    return this.#pages.get(Math.floor(index / PAGE_SIZE))?.[index % PAGE_SIZE];
  }

  /** Requests the missing rows, and gives up requests for rows that are not shown any more. */
  show(first: number, end: number): void {
    const from = Math.floor(first / PAGE_SIZE);
    const to = Math.floor(Math.max(first, end - 1) / PAGE_SIZE);
    for (const [page, request] of this.#requested)
      if (page < from || page > to) this.#giveUp(page, request);
    for (let page = from; page <= to; page += 1) this.#showPage(page);
  }

  /** Forgets all rows and requests. */
  clear(): void {
    for (const [page, request] of this.#requested) this.#giveUp(page, request);
    this.#pages.clear();
  }

  #showPage(page: number): void {
    const rows = this.#pages.get(page);
    if (rows !== undefined) this.#keep(page, rows);
    else if (!this.#requested.has(page)) void this.#request(page);
  }

  async #request(page: number): Promise<void> {
    const request = new AbortController();
    this.#requested.set(page, request);
    try {
      const rows = await this.#options.load(page * PAGE_SIZE, PAGE_SIZE, request.signal);
      if (request.signal.aborted) return;
      this.#keep(page, rows);
      this.#options.onChange();
    } catch (error) {
      if (!request.signal.aborted) this.#options.onError(error);
    } finally {
      if (this.#requested.get(page) === request) this.#requested.delete(page);
    }
  }

  #giveUp(page: number, request: AbortController): void {
    this.#requested.delete(page);
    request.abort();
  }

  #keep(page: number, rows: readonly Row[]): void {
    this.#pages.delete(page);
    this.#pages.set(page, rows);
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= MAX_PAGES) break;
      this.#pages.delete(oldest);
    }
  }
}
