import { fileURLToPath } from 'node:url';
import type { Adapter } from './adapter.ts';

const file = process.env['ASYA_PYTHON_RUNTIME'];

/**
 * Asya's own Python runtime: `src/asya-runtime/asya_runtime.py` of deliveryhero/asya at bfe9fbb. It
 * serves one connection at a time, and one request on each.
 */
export const ASYA_RUNTIME: Adapter = {
  name: 'asya_runtime.py of deliveryhero/asya',
  protocols: ['envelope'],
  features: new Set(['exact integers', 'writes a ready file', 'removes its files']),
  ...(file === undefined
    ? { absence: 'ASYA_PYTHON_RUNTIME does not name the file asya_runtime.py' }
    : {}),
  command: () => ({
    command: ['python3', file ?? ''],
    env: {
      ASYA_HANDLER: 'actor.handle',
      ASYA_LOG_LEVEL: 'WARNING',
      PYTHONPATH: fileURLToPath(new URL('../actors', import.meta.url)),
    },
  }),
};
