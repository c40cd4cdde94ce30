// Three training steps, and the most memory that the process had on the way, in megabytes. See rows/memory.js.
import { stepOf } from './training-side.js';

const { engine, batch } = stepOf(process.argv[2]);
for (let step = 0; step < 3; step++) await engine.trainStep([batch], 2e-5);
console.log(process.resourceUsage().maxRSS / 1000);
process.exit();
