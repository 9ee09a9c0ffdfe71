import type { Client } from '../client/client.ts';
import { ActionRunner } from './actions/actionRunner.ts';
import { guardLeaving, saveFile } from './browser.ts';
import { LookReader } from './data/lookReader.ts';

/** What the view keeps while another one is shown: its looks, and its actions and their results. */
interface ErrorsMemory {
  readonly looks: LookReader;
  readonly actions: ActionRunner;
}

export function createErrorsMemory(client: Client): ErrorsMemory {
  return {
    looks: new LookReader(client),
    actions: new ActionRunner({ client, guardLeaving, saveFile }),
  };
}
