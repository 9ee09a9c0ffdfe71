import { sharedBroker } from '../../../kit/brokers/sharedBroker.ts';
import { recordedJourneys } from './recordedJourneys.ts';

recordedJourneys({ ASYA_RABBITMQ_URL: sharedBroker().url });
