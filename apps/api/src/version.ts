import { createRequire } from 'node:module';

/** Of this package. */
export const API_VERSION = (createRequire(import.meta.url)('../package.json') as { version: string }).version;
