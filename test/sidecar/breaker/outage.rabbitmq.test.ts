import { openOnRabbitmq } from '../../kit/rigs/rabbitmqRig.ts';
import { outageTable } from './outage.ts';

outageTable('rabbitmq', openOnRabbitmq());
