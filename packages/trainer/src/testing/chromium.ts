/** A real browser where this machine has one: Debian's chromium, or whatever `CHROMIUM` names. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** `CHROMIUM=` is none. */
const named = process.env['CHROMIUM'];

const path =
  named === undefined
    ? (process.env['PATH'] ?? '')
        .split(delimiter)
        .flatMap((folder) => NAMES.map((name) => join(folder, name)))
        .find((candidate) => existsSync(candidate))
    : named || undefined;

export const hasChromium = path !== undefined;

/** For the title of what is skipped without it. */
export const inChromium = hasChromium
  ? 'in Chromium'
  : 'in Chromium (skipped: none in PATH; install chromium, or name one with CHROMIUM)';

export function startChromium(): Promise<Browser> {
  if (path === undefined) throw new Error('no Chromium');
  // its sandbox asks for privileges that containers do not have; the page is ours
  return chromium.launch({ executablePath: path, args: ['--no-sandbox'] });
}
