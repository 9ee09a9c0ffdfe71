import { openProxy } from '../../test/kit/brokers/proxy.ts';

/** The way to the broker, which can be gone for as long as one likes. */
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
