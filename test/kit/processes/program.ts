import { fileURLToPath } from 'node:url';

/** The program that people run, as `npm run build` has made it. */
export const PROGRAM = fileURLToPath(new URL('../../../dist/src/bin.js', import.meta.url));
