/**
 * Starts OpenTelemetry before other modules are loaded, so that amqplib can be instrumented:
 *
 *   node --import ./telemetry/register.ts src/main.ts
 */
import { messageOf } from '../src/faults.ts';
import { setSdkState } from './sdk/sdkState.ts';

// A disabled SDK is not loaded.
if (process.env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') {
  setSdkState({ sdk: undefined, reason: 'OTEL_SDK_DISABLED is true' });
} else {
  try {
    const { startSdk } = await import('./sdk/sdk.ts');
    setSdkState({ sdk: startSdk(process.env) });
  } catch (error) {
    // The sidecar runs without telemetry; main.ts logs the reason.
    setSdkState({ sdk: undefined, reason: `OpenTelemetry not started: ${messageOf(error)}` });
  }
}
