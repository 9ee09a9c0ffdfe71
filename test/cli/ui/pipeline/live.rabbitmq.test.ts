import { randomUUID } from 'node:crypto';
import { sharedBroker } from '../../../kit/brokers/sharedBroker.ts';
import { livePipelineTests } from './livePipelineTests.ts';

livePipelineTests(async () => ({
  ASYA_RABBITMQ_URL: sharedBroker().url,
  ASYA_RABBITMQ_EXCHANGE: `exchange-${randomUUID().slice(0, 8)}`,
}));
