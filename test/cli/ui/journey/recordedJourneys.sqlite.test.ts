import { recordedJourneys } from './recordedJourneys.ts';

recordedJourneys({ ASYA_TRANSPORT: 'sqlite' });
