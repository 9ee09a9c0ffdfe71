import { openOnRabbitmq } from './helpers/rabbitmqRig.ts';
import { sharedBroker } from './helpers/sharedBroker.ts';
import { poisonTable } from './poison.ts';

poisonTable('rabbitmq', {
  open: openOnRabbitmq(),
  variablesOf: ({ happyEnd }) => ({
    ASYA_RABBITMQ_URL: sharedBroker().url,
    ASYA_RABBITMQ_EXCHANGE: `exchange-${happyEnd}`,
  }),
});
