import type { Delivery } from '../transport.ts';
import type { Server } from './connection/connect.ts';
import { RabbitmqDelivery } from './consumer/delivery.ts';

/** The AMQP coordinates of a delivery, for telemetry. */
export interface DeliverySource {
  /** The broker that delivered the message. */
  readonly server: Server;
  /** The exchange of the publish; empty for the default exchange. */
  readonly exchange: string;
  readonly routingKey: string;
  /** The queue's name on the broker, for example `asya-infer`. */
  readonly queue: string;
  /** The number of the delivery on its channel, counted from 1. */
  readonly deliveryTag: number;
}

/** Returns undefined for a delivery of another transport. */
export function describeDelivery(delivery: Delivery): DeliverySource | undefined {
  if (!(delivery instanceof RabbitmqDelivery)) return undefined;
  const { exchange, routingKey, deliveryTag } = delivery.message.fields;
  const { server, queue } = delivery.session;
  return { server, exchange, routingKey, queue, deliveryTag };
}
