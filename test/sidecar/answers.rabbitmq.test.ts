import { openOnRabbitmq } from '../kit/rigs/rabbitmqRig.ts';
import { answerTable } from './answerTable.ts';

answerTable('rabbitmq', openOnRabbitmq());
