/** The process of a run: it is told what to train, and answers with events and one end. */
import { OtzyvError } from '@otzyv/core';
import type { Answer, Order } from './own-process.ts';
import { trainOrResume } from './train.ts';

const controller = new AbortController();
// who signals every process of a service: the parent, which hears it too, decides
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => controller.abort());
process.on('message', (order: Order) => {
  if (order.type === 'abort') controller.abort();
  else void carryOut(order);
});

async function carryOut({ options, fetch }: Extract<Order, { type: 'train' }>): Promise<void> {
  const tell = (answer: Answer) => {
    // a parent that is gone without a word is found out by failing to tell it
    if (process.connected) process.send?.(answer, undefined, undefined, () => undefined);
  };
  try {
    const outcome = await trainOrResume(options, {
      listen: (event) => tell({ type: 'event', event }),
      signal: controller.signal,
      ...(fetch && { fetch }),
    });
    tell({ type: 'ended', outcome });
  } catch (error) {
    tell({ type: 'failed', ...faultOf(error) });
  }
  if (!process.connected) process.exit();
}

function faultOf(error: unknown): { code: string; message: string; hint: string } {
  if (error instanceof OtzyvError) return { code: error.code, message: error.message, hint: error.hint };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'internal.fault', message, hint: 'This is a fault of Otzyv: please report it.' };
}
