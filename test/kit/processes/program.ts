import { fileURLToPath } from 'node:url';

/** The path of the program that `npm run build` creates. */
export const PROGRAM = fileURLToPath(new URL('../../../dist/src/bin.js', import.meta.url));
