import { buildPackage } from './buildPackage.ts';

/** Writes `dist/`, which the npm package and the image contain. */
await buildPackage();
