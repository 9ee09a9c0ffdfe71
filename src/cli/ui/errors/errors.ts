import { resolve } from 'node:path';
import type { Route } from '../server/routes/route.ts';
import { ActionRoutes } from './actionRoutes.ts';
import { ErrorSource, type ErrorSourceOptions } from './errorSource.ts';
import { findFailures, type FoundFailure } from './findFailures.ts';
import { createLookRoutes } from './lookRoutes.ts';
import { Looks } from './looks.ts';

export interface ErrorsOptions extends ErrorSourceOptions {
  /** The folder for the archives of discarded messages. */
  readonly archiveFolder: string;
}

/** The actors that error envelopes name, and the steps of their routes. */
export interface NamedActors {
  readonly actors: readonly string[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/** The failed messages, for the page and for the other rooms of its server. */
export class Errors {
  readonly routes: readonly Route[];
  readonly #source: ErrorSource;
  readonly #looks: Looks;

  constructor(options: ErrorsOptions) {
    this.#source = new ErrorSource(options);
    this.#looks = new Looks(this.#source);
    const folder = resolve(options.archiveFolder);
    const actions = new ActionRoutes(this.#source, this.#looks, folder);
    this.routes = [...createLookRoutes(this.#source, this.#looks, folder), ...actions.routes];
  }

  /** The actors in the newest look at each queue, and the steps of their routes. */
  named(): NamedActors {
    const indexes = this.#looks.newest().map(({ index }) => index);
    const routes = indexes.flatMap((index) => [...index.routes].map(({ actors }) => actors));
    const failed = indexes.flatMap((index) => [...index.groups].map(({ actor }) => actor));
    const actors = [...failed.filter((actor) => actor !== undefined), ...routes.flat()];
    return { actors: [...new Set(actors)], edges: routes.flatMap(stepsOf) };
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

function stepsOf(actors: readonly string[]): NamedActors['edges'] {
  return actors.slice(1).map((to, index) => ({ from: actors[index] ?? '', to }));
}
