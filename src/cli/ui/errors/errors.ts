import type { Route } from '../server/routes/route.ts';
import { ErrorSource, type ErrorSourceOptions } from './errorSource.ts';
import { createLookRoutes } from './lookRoutes.ts';
import { Looks } from './looks.ts';

export interface ErrorsOptions extends ErrorSourceOptions {
  /** The folder for the archives of discarded messages. */
  readonly archiveFolder: string;
}

/** The failed messages, for the page and for the other rooms of its server. */
export class Errors {
  readonly routes: readonly Route[];
  readonly #looks: Looks;

  constructor(options: ErrorsOptions) {
    const source = new ErrorSource(options);
    this.#looks = new Looks(source);
    this.routes = createLookRoutes(source, this.#looks);
  }

  /** The actors that the newest looks name: those of the failures and of the routes. */
  actors(): readonly string[] {
    const names = new Set<string>();
    for (const { index } of this.#looks.newest()) {
      for (const { actor } of index.groups) if (actor !== undefined) names.add(actor);
      for (const { actors } of index.routes) for (const name of actors) names.add(name);
    }
    return [...names].toSorted();
  }
}
