// As hold-texts.ts, in a process of its own: `node --import` loads it before the binary. Texts that hold what HELD_TEXT says are
// held back until SIGUSR2.
import { Worker } from 'node:worker_threads';

const { prototype } = Worker;
const { postMessage } = prototype;
const held = [];
prototype.postMessage = function (message) {
  const pass = () => postMessage.call(this, message);
  if (message.texts.some((text) => text.includes(process.env.HELD_TEXT))) held.push(pass);
  else pass();
};
process.once('SIGUSR2', () => {
  prototype.postMessage = postMessage;
  for (const pass of held) pass();
});
