import type { Config } from '../../../config/config.ts';
import { formatAddress } from '../../../config/formats/address.ts';
import { messageOf } from '../../../faults.ts';

/** The address of the broker without user names and passwords, or the path of the database. */
export function brokerAddress({ transport, rabbitmq, sqlite }: Config): string {
  if (transport === 'sqlite') return sqlite.path;
  try {
    return rabbitmq.readBrokers().map(formatBroker).join(', ');
  } catch (error) {
    return messageOf(error); // the file of the URL cannot be read; the message names its variable
  }
}

type Broker = ReturnType<Config['rabbitmq']['readBrokers']>[number];

function formatBroker({ hostname, port, vhost, tls }: Broker): string {
  const path = vhost === '/' ? '' : `/${encodeURIComponent(vhost)}`;
  return `${tls ? 'amqps' : 'amqp'}://${formatAddress({ host: hostname, port })}${path}`;
}
