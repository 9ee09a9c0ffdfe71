import { openProxy } from '../../test/kit/brokers/proxy.ts';

/** The connection between the sidecars and the broker, which can be cut and restored. */
export interface Network {
  readonly port: number;
  down(): Promise<void>;
  up(): Promise<void>;
}

export async function openNetwork(brokerPort: number): Promise<Network> {
  let proxy = await openProxy(brokerPort);
  const { port } = proxy;
  return {
    port,
    down: () => proxy.close(),
    up: async () => {
      proxy = await openProxy(brokerPort, port);
    },
  };
}
