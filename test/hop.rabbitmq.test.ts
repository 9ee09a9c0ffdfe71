import { openOnRabbitmq } from './helpers/rabbitmqRig.ts';
import { hopTable } from './hopTable.ts';

hopTable('rabbitmq', openOnRabbitmq());
