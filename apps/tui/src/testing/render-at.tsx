/** Views on a terminal of a given size: what stands on it. */
import { render } from 'ink-testing-library';
import type { ReactElement } from 'react';
import { type Theme, themeOf } from '../terminal/theme.ts';
import { widthOf } from '../text.ts';
import { ThemeContext } from '../views/theme-context.ts';

export const UNICODE = themeOf({ hasUnicode: true, colors: 'none' });
export const ASCII = themeOf({ hasUnicode: false, colors: 'none' });

export interface ShownAt {
  /** the picture as it is now */
  text(): string;
  lines(): string[];
  press(...keys: string[]): Promise<void>;
  until(isSo: (text: string) => boolean): Promise<string>;
  resize(width: number, height: number): void;
  unmount(): void;
}

const KEYS: Readonly<Record<string, string>> = {
  enter: '\r',
  esc: '\x1b',
  tab: '\t',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  space: ' ',
};

export function showAt(node: ReactElement, width: number, height: number, theme: Theme = UNICODE): ShownAt {
  const at = { columns: width, rows: height };
  const app = render(<ThemeContext.Provider value={theme}>{node}</ThemeContext.Provider>);
  // the library's own terminal has 100 columns
  Object.defineProperty(app.stdout, 'columns', { get: () => at.columns });
  Object.defineProperty(app.stdout, 'rows', { get: () => at.rows });
  app.stdout.emit('resize');
  const text = () => app.lastFrame() ?? '';
  return {
    text,
    lines: () => text().split('\n'),
    press: async (...keys) => {
      for (const key of keys) {
        app.stdin.write(KEYS[key] ?? key);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    until: async (isSo) => {
      while (!isSo(text())) await new Promise((resolve) => setTimeout(resolve, 5));
      return text();
    },
    resize: (columns, rows) => {
      at.columns = columns;
      at.rows = rows;
      app.stdout.emit('resize');
    },
    unmount: () => app.unmount(),
  };
}

/** @returns the picture of a view that is given its size, once */
export function pictureOf(node: ReactElement, width: number, height: number, theme?: Theme): string {
  const shown = showAt(node, width, height, theme);
  const text = shown.text();
  shown.unmount();
  return text;
}

export const widest = (text: string): number => Math.max(...text.split('\n').map(widthOf));
