/** A process that adds corrections until it is killed, and says of each when it is stored. */
import { openFeedbackStore } from '@otzyv/feedback';

const [place = '', client = '', count = '0'] = process.argv.slice(2);
const store = await openFeedbackStore(place);
for (let i = 0; i < Number(count); i++) {
  await store.add({ text: `${client} ${i}`, label: 'одежда', model: 'm', client });
  process.stdout.write(`${i}\n`);
}
await store.close();
