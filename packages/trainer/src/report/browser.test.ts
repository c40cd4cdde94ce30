/**
 * The report as people meet it: in a real browser, on a desk and on a phone, in the light and in the dark, and on paper.
 */
/// <reference lib="dom" />
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { trainEnsemble } from '../inference/train-ensemble.ts';
import { hasChromium, inChromium, startChromium } from '../testing/chromium.ts';
import { writeTinyBert } from '../testing/tiny-bert.ts';
import { crossValidate } from '../training/cross-validation.ts';
import { resolveCrossValidation } from '../training/cross-validation-options.ts';
import { resolveRunOptions } from '../training/options.ts';
import { train } from '../training/train.ts';

const TRAIN = fileURLToPath(new URL('../../../../test-fixtures/reviews/train.csv', import.meta.url));

describe.skipIf(!hasChromium)(`the report ${inChromium}`, () => {
  let folder: string;
  let browser: Browser;
  const at = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'otzyv-browser-'));
    await writeTinyBert(at('tiny-bert'));
    const quietly = { listen: () => undefined };
    const linear = { model: 'linear', trainFile: TRAIN };
    const tiny = { model: at('tiny-bert'), epochs: 3, learningRate: 1e-2, maxLength: 32 };
    const runs = [
      { ...linear, output: at('linear') },
      { ...linear, output: at('plain'), classWeights: 'none' as const },
      { ...linear, ...tiny, output: at('bert') },
    ];
    for (const options of runs) await train(resolveRunOptions(options), quietly);
    await trainEnsemble({ models: [at('linear'), at('plain')], output: at('ensemble') });
    await crossValidate(resolveCrossValidation({ ...linear, output: at('crossval'), folds: 2 }), quietly);
    browser = await startChromium();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });

  const PLACES = {
    'on a desk': { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
    'on a phone in the dark': { viewport: { width: 360, height: 740 }, colorScheme: 'dark' },
  } as const;

  /** @returns the page, and what it asked for and complained of */
  async function open(run: string, place: keyof typeof PLACES) {
    const page = await browser.newPage(PLACES[place]);
    const [requests, complaints]: [string[], string[]] = [[], []];
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    const url = pathToFileURL(join(at(run), 'report.html')).href;
    await page.goto(url);
    return { page, url, requests, complaints };
  }

  test.each([
    ['linear', 'on a desk'],
    ['bert', 'on a phone in the dark'],
    ['ensemble', 'on a phone in the dark'],
    ['crossval', 'on a desk'],
  ] as const)('%s, %s: nothing fetched, nothing amiss, accessible', async (run, place) => {
    const { page, url, requests, complaints } = await open(run, place);
    await openDetails(page);
    await page.addScriptTag({ content: axe.source });
    const violations = await page.evaluate(async () => {
      const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run();
      return violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`,
      );
    });
    expect(violations).toEqual([]);
    expect(requests).toEqual([url]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test.each(['linear', 'bert', 'ensemble', 'crossval'])(
    '%s: nothing is cut off at any width',
    async (run) => {
      const { page } = await open(run, 'on a desk');
      await openDetails(page);
      for (const width of [320, 390, 600, 768, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        const overhang = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(overhang, `${width} pixels wide`).toBeLessThanOrEqual(0);
      }
      await page.close();
    },
  );

  test('each chart is shown once, the one that fits', async () => {
    for (const [place, shown, hidden] of [
      ['on a desk', '.wide', '.narrow'],
      ['on a phone in the dark', '.narrow', '.wide'],
    ] as const) {
      const { page } = await open('bert', place);
      const charts = page.locator('.chart');
      expect(await charts.count()).toBeGreaterThan(7);
      for (const chart of await charts.all()) {
        expect(await chart.locator(shown).isVisible()).toBe(true);
        expect(await chart.locator(hidden).isVisible()).toBe(false);
        expect((await chart.getAttribute('aria-label'))?.length).toBeGreaterThan(20);
      }
      await page.close();
    }
  });

  test('its contents lead to its sections', async () => {
    const { page } = await open('linear', 'on a phone in the dark');
    const links = await page.getByRole('navigation', { name: 'Contents' }).getByRole('link').all();
    expect(links.length).toBeGreaterThan(4);
    for (const link of links) {
      await link.click();
      const heading = page.getByRole('heading', { name: (await link.textContent()) as string, exact: true });
      await expect.poll(() => heading.boundingBox().then((box) => box?.y)).toBeLessThan(740);
    }
    await page.close();
  });

  test('is printed dark on light, whatever the screen', async () => {
    const { page } = await open('linear', 'on a phone in the dark');
    const lightness = () =>
      page.evaluate(() => {
        const [red = 0] = /\d+/.exec(getComputedStyle(document.body).backgroundColor) ?? [];
        return Number(red);
      });
    expect(await lightness()).toBeLessThan(60);
    await page.emulateMedia({ media: 'print' });
    expect(await lightness()).toBeGreaterThan(240);
    await page.close();
  });
});

/** The numbers behind charts count, too. */
async function openDetails(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true;
  });
}
