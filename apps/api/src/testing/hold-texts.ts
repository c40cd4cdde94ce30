/**
 * Texts that are held back on their way to the threads that answer, until they are let go: so a test sees a request or a batch in
 * its middle, on any machine.
 */
import { Worker } from 'node:worker_threads';

interface Gate {
  /** Whether a thread is given nothing because of a text that is held. */
  isHolding(): boolean;
  /** Lets go, and holds no more. */
  release(): void;
}

export function holdTexts(isHeld: (text: string) => boolean): Gate {
  const { prototype } = Worker;
  const { postMessage } = prototype;
  const held: (() => void)[] = [];
  prototype.postMessage = function (this: Worker, message: { texts: string[] }) {
    const pass = () => postMessage.call(this, message);
    if (message.texts.some(isHeld)) held.push(pass);
    else pass();
  };
  return {
    isHolding: () => held.length > 0,
    release: () => {
      prototype.postMessage = postMessage;
      for (const pass of held) pass();
    },
  };
}
