import { openOnRabbitmq } from '../kit/rigs/rabbitmqRig.ts';
import { batchTable } from './batchTable.ts';

batchTable('rabbitmq', openOnRabbitmq());
