import { createMemoryBroker } from '../../../src/transport/memory/broker.ts';
import { openMemory } from '../../../src/transport/memory/memory.ts';
import { createInbox } from '../../kit/envelopes/inbox.ts';
import { describeTransport } from '../conformance.ts';

describeTransport('memory', {
  countsUnsettled: true,
  setup() {
    const broker = createMemoryBroker();
    const { control } = broker;
    const cutConnections = (): void => {
      control.disconnect();
      control.reconnect();
    };
    return {
      open: (topology, onState) => openMemory({ broker, topology, onState }),
      async receiveOneAndDie(topology) {
        const transport = await openMemory({ broker, topology, onState: () => {} });
        const inbox = createInbox();
        const subscription = await transport.receive(topology.actor, inbox.onDelivery, {
          prefetch: 1,
        });
        await inbox.next();
        await subscription.cancel();
        cutConnections();
        await transport.close();
      },
      cutConnections: async () => cutConnections(),
      block: async () => control.block(),
      unblock: async () => control.unblock(),
    };
  },
});
