import { ProxyTracerProvider } from '@opentelemetry/api';
import { createAmqplibInstrumentation } from '../../telemetry/spans/amqplib.ts';
import { failures } from './failures.ts';

// The instrumentation starts before amqplib is loaded, as in register.ts.
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
