/** Versions that are written down with every run and model. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const OTZYV_VERSION: string = require('../package.json').version;
export const ONNXRUNTIME_VERSION: string = require('onnxruntime-node/package.json').version;
export const TFJS_VERSION: string = require('@tensorflow/tfjs/package.json').version;
