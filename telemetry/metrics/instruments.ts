import { ASYA_INSTRUMENTS } from './asyaInstruments.ts';
import { CONVENTION_INSTRUMENTS } from './conventionInstruments.ts';
import { PROCESS_INSTRUMENTS } from './processInstruments.ts';
import { SIDECAR_INSTRUMENTS } from './sidecarInstruments.ts';

/**
 * All metrics. `<ns>` is `ASYA_METRICS_NAMESPACE`. Every `<ns>_*` and `process_*` series also has
 * the label `actor`, so that queries can relate senders and receivers.
 */
export const CATALOGUE = {
  ...ASYA_INSTRUMENTS,
  ...SIDECAR_INSTRUMENTS,
  ...CONVENTION_INSTRUMENTS,
  ...PROCESS_INSTRUMENTS,
};
