/** The page as people meet it: in a real browser, on a desk and on a phone, by day and by night, with a keyboard alone. */
/// <reference lib="dom" />
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium, inChromium, startChromium } from '../../../../packages/trainer/src/testing/chromium.ts';
import { addKey, readKeys } from '../auth/keys.ts';
import { createClient } from '../client.ts';
import { type Served, serveLinear } from '../testing/served.ts';

const REVIEW = 'Куртка тёплая, но рукава короткие';

let served: Served;
let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'otzyv-page-'));
  served = await serveLinear({ data });
});
afterAll(async () => {
  await served?.stop();
  await rm(data, { recursive: true });
});

test('it is one document, one script and one style sheet of the server, and is allowed nothing else', async () => {
  const { url } = served.server;
  const response = await fetch(url);
  const policy = response.headers.get('content-security-policy');
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toContain('unsafe');
  // the page that shows the reference is another's, and brings styles of its own
  const docs = (await fetch(`${url}/docs`)).headers.get('content-security-policy');
  expect(docs).toMatch(/^default-src 'self';.* style-src 'self' 'unsafe-inline'/);
  const page = await response.text();
  expect(page).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|https?:/);
  const assets = [...page.matchAll(/(?:src|href)="(page\/[^"]+)"/g)].map(([, path]) => path);
  expect(assets).toEqual(['page/page.css', 'page/page.js']);
  for (const path of assets) {
    const asset = await fetch(`${url}/${path}`);
    expect(asset.status).toBe(200);
    const again = await fetch(`${url}/${path}`, { headers: { 'if-none-match': asset.headers.get('etag')! } });
    expect(again.status).toBe(304);
  }
});

describe.skipIf(!hasChromium)(inChromium, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser?.close());

  const complaints: string[] = [];
  afterEach(() => expect(complaints.splice(0)).toEqual([]));

  async function open(path: string, options: BrowserContextOptions = {}, url = served.server.url) {
    const page = await browser.newPage({ locale: 'ru-RU', ...options });
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:'))
        complaints.push(request.url());
    });
    await page.goto(`${url}/${path}`);
    return page;
  }

  const violations = async (page: Page) => {
    // the page's own policy would refuse a script tag
    await page.evaluate(axe.source);
    return page.evaluate(async () => {
      const found = await (globalThis as unknown as { axe: typeof axe }).axe.run();
      if (found.passes.length < 10) throw new Error('axe has found nothing to look at');
      return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
    });
  };

  /** A run as a living process, this one, would leave it. */
  function makeRun(name: string, steps: number) {
    const run = join(served.folder, name);
    mkdirSync(run, { recursive: true });
    writeFileSync(join(run, 'run.json'), '{}');
    const owner = { pid: process.pid, host: hostname(), processStart: '', token: 'test' };
    writeFileSync(join(run, 'run.lock'), JSON.stringify({ ...owner, since: new Date().toISOString() }));
    const log = join(run, 'events.jsonl');
    writeFileSync(log, '');
    const tell = (event: object) =>
      appendFileSync(log, `${JSON.stringify({ v: 1, time: new Date().toISOString(), ...event })}\n`);
    const options = { model: 'micro', trainFile: 'train.csv', epochs: 2, metric: 'f1_weighted' };
    tell({ type: 'run.started', options: { ...options, greaterIsBetter: true } });
    tell({ type: 'data.read', file: 'train.csv', rows: 100, classes: [] });
    tell({ type: 'data.split', train: 80, validation: 20, warnings: ['few rows'] });
    let step = 0;
    const makeSteps = (count: number) => {
      for (const last = step + count; step < last; ) {
        step++;
        const rest = { gradientNorm: 1 + Math.sin(step), learningRate: 1e-4, examples: 16, elapsedMs: 500 };
        const loss = 2 / step + (step % 3) / 10;
        tell({ type: 'step', step, totalSteps: 20, epoch: step / 10, loss, ...rest });
        if (step % 5 !== 0) continue;
        const metrics = {
          f1_weighted: step / 30,
          f1_macro: step / 40,
          accuracy: step / 25,
          log_loss: 1 / step,
        };
        tell({ type: 'eval', step, epoch: step / 10, metrics, isBest: true, elapsedMs: 100 });
      }
    };
    makeSteps(steps);
    return { tell, makeSteps };
  }

  const fileOf = (name: string, text: string) => ({ name, mimeType: '', buffer: Buffer.from(text) });

  const PLACES: Record<string, BrowserContextOptions> = {
    'on a desk, by day, in Russian': { viewport: { width: 1280, height: 900 } },
    'on a desk, by night, in English': {
      ...{ viewport: { width: 1280, height: 900 }, colorScheme: 'dark', locale: 'en-GB' },
    },
    'on a phone, by night, in Russian': { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
    'on a small phone, by day, in English': { viewport: { width: 320, height: 640 }, locale: 'en-US' },
  };

  test.each(Object.keys(PLACES))('%s: all of it is seen, and accessible', async (place) => {
    makeRun('open', 12);
    const page = await open('', PLACES[place]);
    const check = async () => {
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThan(1);
      expect(await violations(page)).toEqual([]);
    };
    await check();
    await page.getByRole('textbox').fill(REVIEW);
    await page.locator('button[type=submit]').click();
    await page.locator('.words').waitFor();
    await check();
    await page.goto(`${served.server.url}/#/file`);
    await page.setInputFiles('input[type=file]', fileOf('reviews.csv', `text\n"${REVIEW}"\n`));
    await page.locator('#column').waitFor();
    await check();
    await page.locator('button[type=submit]').click();
    await page.locator('.batch .status.finished').first().waitFor();
    await check();
    await page.goto(`${served.server.url}/#/runs`);
    await page.locator('.run').first().waitFor();
    await check();
    await page.goto(`${served.server.url}/#/runs/open`);
    await page.locator('table').waitFor();
    await page.locator('summary').click();
    await check();
    await page.close();
  });

  test('with a keyboard alone a review is answered, as the API answers it, with the words that mattered', async () => {
    const asked = await createClient(served.server.url).v1.predict.$post({
      json: { text: REVIEW, all_scores: true },
    });
    if (!asked.ok) throw new Error('not answered');
    const [prediction] = (await asked.json()).predictions;
    const page = await open('');
    await page.locator('#text').waitFor();
    for (let i = 0; i < 20 && (await page.evaluate(() => document.activeElement?.id)) !== 'text'; i++)
      await page.keyboard.press('Tab');
    await page.keyboard.insertText(REVIEW);
    await page.keyboard.press('Control+Enter');
    expect(await page.locator('.category').textContent()).toBe(prediction?.label);
    expect(await page.locator('.scores .name').allTextContents()).toEqual(
      prediction?.scores?.map(({ label }) => label),
    );
    expect(await page.locator('.words').textContent()).toBe(REVIEW);
    expect(await page.locator('.words mark.for').allTextContents()).toContain('Куртка');
    await page.close();
  });

  test('it speaks the language of the browser, until another is chosen', async () => {
    const page = await open('', { locale: 'ru-RU' });
    const heading = () => page.locator('h1').textContent();
    expect(await heading()).toBe('О чём этот отзыв?');
    await page.getByRole('button', { name: 'English' }).click();
    expect(await heading()).toBe('What is this review about?');
    await page.reload();
    expect(await heading()).toBe('What is this review about?');
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('en');
    await page.close();
  });

  test('a training is seen as it goes: its curves grow, and it is over when it is', async () => {
    const run = makeRun('live', 3);
    const page = await open('#/runs', { locale: 'en-US' });
    await page.getByRole('link', { name: /^live/ }).click();
    const progress = page.locator('.headline');
    await progress.getByText('step 3 of 20').waitFor();
    const lengths = async () =>
      (await page.locator('path.line').first().getAttribute('d'))?.split('L').length;
    expect(await lengths()).toBe(3);
    run.makeSteps(9);
    await progress.getByText('step 12 of 20').waitFor();
    expect(await lengths()).toBe(12);
    expect(await page.locator('tr.best th').textContent()).toContain('best');
    expect(await page.locator('.status').textContent()).toBe('running');
    makeRun('live', 1); // --overwrite
    await progress.getByText('step 1 of 20').waitFor();
    expect(await page.locator('tr.best').count()).toBe(0);
    const value = { metric: 'f1_weighted', value: 0.5, bestStep: 1 };
    run.tell({ type: 'run.finished', status: 'completed', ...value, folder: '', elapsedMs: 1000 });
    await page.locator('.status.finished').waitFor();
    expect(await progress.textContent()).toContain('all epochs done');
    await page.close();
  });

  test('a server that is started anew is followed on', async () => {
    const run = makeRun('on', 2);
    const first = await serveLinear({ runs: served.folder });
    const { url } = first.server;
    const page = await open('#/runs/on', { locale: 'en-US' }, url);
    await page.getByText('step 2 of 20').waitFor();
    await first.stop();
    await page.getByText('The connection is broken').waitFor();
    run.makeSteps(3);
    const second = await serveLinear({ runs: served.folder, port: Number(new URL(url).port) });
    await page.getByText('step 5 of 20').waitFor();
    await page.getByText('The connection is broken').waitFor({ state: 'detached' });
    await page.close();
    await second.stop();
    expect(complaints.splice(0).every((text) => text.includes('net::ERR'))).toBe(true);
  });

  test('a file is dropped, and had back labelled', async () => {
    const page = await open('#/file', { locale: 'en-US' });
    const texts = [REVIEW, 'Чайник протекает, «Тефаль"', 'Кроссовки развалились'];
    const csv = `№;отзыв\n${texts.map((text, i) => `${i};"${text.replaceAll('"', '""')}"`).join('\n')}\n`;
    const dropped = await page.evaluateHandle((content) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([content], 'отзывы.csv'));
      return transfer;
    }, csv);
    await page.locator('.drop').dispatchEvent('drop', { dataTransfer: dropped });
    expect(await page.getByLabel('Column with the text of the review').inputValue()).toBe('отзыв');
    await page.getByRole('button', { name: 'Label' }).click();
    const waiting = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download: отзывы.csv' }).click();
    const download = await waiting;
    expect(download.suggestedFilename()).toBe('отзывы-labelled.csv');
    const asked = await createClient(served.server.url).v1.predict.$post({ json: { texts } });
    if (!asked.ok) throw new Error('not answered');
    const labels = (await asked.json()).predictions.map(({ label }) => label);
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\n')
      .slice(1);
    expect(lines.map((line) => line.split(',').at(-2))).toEqual(labels);
    await page.getByRole('button', { name: 'Remove: отзывы.csv' }).click();
    await page.getByText('отзывы.csv').waitFor({ state: 'detached' });
    await page.close();
  });

  test('what is wrong with a file is said', async () => {
    const page = await open('#/file', { locale: 'en-US' });
    await page.setInputFiles('input[type=file]', fileOf('odd.jsonl', '{"text": "а"}\n{"text": \n'));
    await page.getByRole('button', { name: 'Label' }).click();
    await page.getByRole('alert').getByText('row 2').waitFor();
    await page.close();
    expect(complaints.splice(0).every((text) => text.includes('422'))).toBe(true);
  });

  test.each([
    ['a.csv', 'id,text\n1,а\n', ['id', 'text'], 'text'],
    ['b.csv', '\uFEFF"n; 1";"Текст отзыва"\r\n1;"а;\nб"\r\n', ['n; 1', 'Текст отзыва'], 'Текст отзыва'],
    ['c.tsv', 'a\tb\n1\tдлинный отзыв, и не один\n', ['a', 'b'], 'b'],
    ['d.jsonl', '{"stars": 5, "comment": "а"}\n', ['stars', 'comment'], 'comment'],
  ])('of %s the columns are offered, and the likely one is chosen', async (name, text, columns, likely) => {
    const page = await open('#/file');
    await page.setInputFiles('input[type=file]', fileOf(name, text));
    const select = page.locator('#column');
    expect(await select.locator('option').allTextContents()).toEqual(columns);
    expect(await select.inputValue()).toBe(likely);
    await page.close();
  });

  test('what the server was not started for, it says how to have', async () => {
    const bare = await serveLinear({ runs: undefined });
    const page = await open('#/file', { locale: 'en-US' }, bare.server.url);
    await page.getByText('--data data').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('link', { name: 'Trainings' }).click();
    await page.getByText('--runs runs').waitFor();
    await page.close();
    await bare.stop();
    expect(complaints.splice(0).every((text) => text.includes('404'))).toBe(true);
  });

  test('where keys are needed it asks for one, and keeps it for the tab alone', async () => {
    const file = join(served.folder, 'keys.json');
    const key = await addKey(file, 'manager');
    const locked = await serveLinear({ keys: await readKeys(file) });
    const page = await open('', { locale: 'en-US' }, locked.server.url);
    const input = page.getByLabel('API key');
    await input.fill('otzyv_wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    expect(await violations(page)).toEqual([]);
    await input.fill(key);
    await page.keyboard.press('Enter');
    await page.locator('#text').fill(REVIEW);
    await page.keyboard.press('Control+Enter');
    await page.locator('.category').waitFor();
    await page.reload();
    await page.locator('#text').waitFor();
    expect(page.url()).not.toContain(key);
    expect(JSON.stringify(await page.context().storageState())).not.toContain(key);
    await page.getByRole('button', { name: 'Forget the key' }).click();
    await input.waitFor();
    await page.close();
    await locked.stop();
    // what was refused, the browser logs
    expect(complaints.splice(0).every((text) => text.includes('401'))).toBe(true);
  });
});
