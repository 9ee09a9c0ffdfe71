import { sharedBroker } from '../../kit/brokers/sharedBroker.ts';
import { loggedJourneys } from './loggedJourneys.ts';

loggedJourneys({ ASYA_RABBITMQ_URL: sharedBroker().url });
