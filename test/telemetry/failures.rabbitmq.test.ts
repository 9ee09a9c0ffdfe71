import { ProxyTracerProvider } from '@opentelemetry/api';
import { createAmqplibInstrumentation } from '../../telemetry/spans/amqplib.ts';
import { failures } from './failures.ts';

// Before amqplib is loaded, as register.ts does it.
const instrumentation = createAmqplibInstrumentation();
const { openOnRabbitmq } = await import('../kit/rigs/rabbitmqRig.ts');

failures({
  system: 'rabbitmq',
  open: openOnRabbitmq(),
  onRegistered({ tracerProvider }) {
    const proxy = new ProxyTracerProvider();
    instrumentation.setTracerProvider(proxy);
    proxy.setDelegate(tracerProvider);
  },
});
