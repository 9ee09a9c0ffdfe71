import { openOnRabbitmq } from '../kit/rigs/rabbitmqRig.ts';
import { hopTable } from './hopTable.ts';

hopTable('rabbitmq', openOnRabbitmq());
