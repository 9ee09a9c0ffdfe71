import { stageOnRabbitmq } from '../kit/rigs/rabbitmqRig.ts';
import { hangingBatch } from './hangingBatch.ts';

hangingBatch('rabbitmq', stageOnRabbitmq());
