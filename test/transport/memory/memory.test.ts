import { openMemory } from '../../../src/transport/memory/memory.ts';
import { createMemoryBroker } from '../../../src/transport/memory/broker.ts';
import { createInbox } from '../../kit/envelopes/inbox.ts';
import { describeTransport } from '../conformance.ts';

describeTransport('memory', {
  countsUnsettled: true,
  setup() {
    const broker = createMemoryBroker();
    const { control } = broker;
    return {
      open: (topology, onState) => openMemory({ broker, topology, onState }),
      async takeOneAndDie(topology) {
        const doomed = await openMemory({ broker, topology, onState: () => {} });
        const inbox = createInbox();
        const subscription = await doomed.receive(topology.actor, inbox.onDelivery, {
          prefetch: 1,
        });
        await inbox.next();
        await subscription.cancel();
        control.disconnect();
        control.reconnect();
        await doomed.close();
      },
      async cut() {
        control.disconnect();
        control.reconnect();
      },
      block: async () => control.block(),
      unblock: async () => control.unblock(),
    };
  },
});
