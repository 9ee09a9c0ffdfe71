/**
 * Starts OpenTelemetry before anything else is loaded, so that amqplib can be instrumented:
 *
 *   node --import ./telemetry/register.ts src/main.ts
 */
import { messageOf } from '../src/faults.ts';
import { setSdkState } from './sdk/sdkState.ts';

// The SDK is loaded only when it is to run.
if (process.env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') {
  setSdkState({ sdk: undefined, reason: 'OTEL_SDK_DISABLED is true' });
} else {
  try {
    const { startSdk } = await import('./sdk/sdk.ts');
    setSdkState({ sdk: startSdk(process.env) });
  } catch (error) {
    // A sidecar without telemetry is better than none; main.ts logs the reason.
    setSdkState({ sdk: undefined, reason: `OpenTelemetry did not start: ${messageOf(error)}` });
  }
}
