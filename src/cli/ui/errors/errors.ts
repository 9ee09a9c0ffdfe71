import { resolve } from 'node:path';
import type { Route } from '../server/routes/route.ts';
import { ActionRoutes } from './actionRoutes.ts';
import { ErrorSource, type ErrorSourceOptions } from './errorSource.ts';
import { findFailures, type FoundFailure } from './findFailures.ts';
import { mergeNames, type NamedActors } from './index/namedActors.ts';
import { createLookRoutes } from './lookRoutes.ts';
import { Looks } from './looks.ts';

export interface ErrorsOptions extends ErrorSourceOptions {
  /** The folder for the archives of discarded messages. */
  readonly archiveFolder: string;
}

/** The failed messages, for the page and for the other rooms of its server. */
export class Errors {
  readonly routes: readonly Route[];
  readonly #source: ErrorSource;
  readonly #looks: Looks;
  readonly #stopped = new AbortController();

  constructor(options: ErrorsOptions) {
    this.#source = new ErrorSource(options);
    this.#looks = new Looks(this.#source);
    const folder = resolve(options.archiveFolder);
    const actions = new ActionRoutes(this.#source, this.#looks, folder);
    this.routes = [...createLookRoutes(this.#source, this.#looks, folder), ...actions.routes];
  }

  /**
   * Takes a look for the names of the actors, for a server without another source of them. Its
   * failure is reported by the next look, which a user takes.
   */
  start(): void {
    void this.#looks.take(false, this.#stopped.signal).catch(() => {});
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** The actors in the newest look at each queue, and the steps of their routes. */
  named(): NamedActors {
    return mergeNames(this.#looks.newest().map(({ names }) => names));
  }

  /**
   * Finds the failures of a journey in error-end's queue by a look of its own; the oldest first.
   * @param id that of the journey, or of an envelope of it
   * @throws an Error with the reason when the queue cannot be read
   */
  failuresOf(id: string, closed: AbortSignal): Promise<readonly FoundFailure[]> {
    return findFailures(id, this.#source, closed);
  }
}
