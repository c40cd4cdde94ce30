// What one writes first: Hono, and transformers.js's pipeline called by each request.
//
//   node bench/peers/naive-server.js FOLDER_OF_MODELS MODEL      prints its address when it is ready
import { serve } from '@hono/node-server';
import { env, pipeline } from '@xenova/transformers';
import { Hono } from 'hono';

const [folder, model] = process.argv.slice(2);
env.allowRemoteModels = false;
env.localModelPath = `${folder}/`;
const classify = await pipeline('text-classification', model, { dtype: 'fp32' });
await classify('разогрев');

const app = new Hono();
app.post('/predict', async (c) => {
  const { text, texts = [text] } = await c.req.json();
  return c.json({ predictions: await classify(texts) });
});
serve({ fetch: app.fetch, port: 0 }, ({ port }) =>
  console.log(`http://127.0.0.1:${port} transformers.js ${env.version}`),
);
