import type { Config } from '../../../config/config.ts';
import { KIB } from '../../../units.ts';
import type { CommandContext } from '../../command/command.ts';
import type { Route } from '../server/routes/route.ts';
import { Sending, type SendingOptions } from './sending.ts';
import { readSendOrder } from './sendOrder.ts';

export interface SendRouteOptions {
  readonly config: Config;
  readonly context: CommandContext;
  /**
   * The largest number of envelopes that are sent and waited for at the same time. Each has a
   * connection to the broker and a reply queue.
   * @default 8
   */
  readonly maxParallel?: number;
  /** Called with each envelope that was sent. @default nothing is called */
  readonly onSent?: SendingOptions['onSent'];
}

/** `POST /api/send`: sends an envelope, and reports its answers as they arrive. */
export function createSendRoute(options: SendRouteOptions): Route {
  const { config, context, maxParallel = 8, onSent } = options;
  let running = 0;
  return {
    method: 'POST',
    path: '/api/send',
    action: 'send',
    // In a text of JSON, the payload's quotes and line breaks take two bytes each.
    maxBodyBytes: 2 * config.maxMessageBytes + 64 * KIB,
    handle(request) {
      const order = readSendOrder(request.body, config);
      const { envelope, to } = order;
      request.note(`envelope "${envelope.id}" to "${to}"`);
      return {
        kind: 'events',
        async write(events) {
          const sending = new Sending(order, { config, context, request, events, onSent });
          if (running >= maxParallel) {
            return sending.refuse(
              `too many envelopes are being sent (${running}); try again later`,
            );
          }
          running++;
          try {
            await sending.run();
          } finally {
            running--;
          }
        },
      };
    },
  };
}
