import { after, before, type TestContext } from 'node:test';
import { openBroker, type Broker } from '../../kit/brokers/broker.ts';
import { createInbox } from '../../kit/envelopes/inbox.ts';
import { openProxy } from '../../kit/brokers/proxy.ts';
import { setMemoryAlarm } from '../../kit/brokers/rabbitmqctl.ts';
import { openRabbitmqTransport } from '../../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../../kit/brokers/sharedBroker.ts';
import { describeTransport } from '../conformance.ts';
import type { TestBroker } from '../conformance/adapter.ts';

// Alarms affect all clients of a broker, so this one is not shared with other files.
let broker: Broker;
before(async () => (broker = await openBroker({ series: sharedBroker().series })));
after(() => broker.close());

describeTransport('rabbitmq', {
  countsUnsettled: true,
  setup: conformingBroker,
});

async function conformingBroker(t: TestContext): Promise<TestBroker> {
  const proxy = await openProxy(broker.port);
  t.after(() => proxy.close());
  return {
    async open(topology, onState) {
      const { transport, states } = await openRabbitmqTransport(t, topology, {
        ports: [proxy.port],
      });
      for (const state of states.all) onState(state);
      onState(await states.until({ connected: true }));
      return transport;
    },
    async receiveOneAndDie(topology) {
      const proxyToClose = await openProxy(broker.port);
      const { transport } = await openRabbitmqTransport(t, topology, {
        ports: [proxyToClose.port],
      });
      const inbox = createInbox();
      await transport.receive(topology.actor, inbox.onDelivery, { prefetch: 1 });
      await inbox.next();
      await proxyToClose.close();
      await transport.close();
    },
    cutConnections: async () => proxy.cutConnections(),
    block: () => setMemoryAlarm(broker.control, true),
    unblock: () => setMemoryAlarm(broker.control, false),
  };
}
