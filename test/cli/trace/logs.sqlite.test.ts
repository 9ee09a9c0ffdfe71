import { loggedJourneys } from './loggedJourneys.ts';

loggedJourneys({ ASYA_TRANSPORT: 'sqlite' });
