// How much of prediction is tokenising: real reviews, the smaller shape, where the model takes least.
//
//   node bench/tokenizing.js FOLDER [int8]       a model's folder
import { loadClassifier, loadTokenizer } from '@otzyv/trainer';
import { reviews } from './texts.js';

const [folder, dtype = 'float32'] = process.argv.slice(2);
const { texts } = await reviews(1024);
const classifier = await loadClassifier(folder, { dtype });
const tokenizer = await loadTokenizer(folder.replace(/\/$/, ''));
const [all, alone] = [[], []];
for (let i = 0; i < 7; i++) {
  all.push(await cpuMs(() => classifier.predict(texts)));
  alone.push(await cpuMs(() => texts.map((text) => tokenizer.encode(text, classifier.maxLength))));
}
await classifier.dispose();
const [whole, part] = [Math.min(...all), Math.min(...alone)];
console.log(
  `${texts.length} texts: ${whole.toFixed(0)} ms of CPU, ${part.toFixed(0)} ms (${((100 * part) / whole).toFixed(1)} %) of them tokenising`,
);

async function cpuMs(work) {
  const begun = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}
