/**
 * The terminal as a screen: pictures, of which only the lines are written that have changed, each at its own place and no more
 * often than the eye can use. So nothing tears however the window is dragged, and whatever happens the terminal is given back as
 * it was. Where there is no cursor that can be put anywhere, pictures follow one another.
 */
import { EventEmitter } from 'node:events';

/** Where pictures cannot be drawn over one another: soon after a key, and then less and less often. */
const [FIRST_PAGE_MS, LAST_PAGE_MS] = [500, 60_000];

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J'; // another screen, no cursor, no wrapping, empty
const LEAVE = '\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l';
const [BEGIN, END] = ['\x1b[?2026h', '\x1b[?2026l']; // shown in one piece, where the terminal knows of that

/** What a screen is drawn on: `process.stdout`. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

export interface ScreenOptions {
  readonly hasCursor: boolean;
  /** between two pictures */
  readonly frameMs: number;
}

/** Stands in for the stream that Ink draws on; emits `resize` as seldom as it draws. */
export class Screen extends EventEmitter {
  columns: number;
  rows: number;
  readonly #terminal: Terminal;
  readonly #hasCursor: boolean;
  readonly #frameMs: number;
  #drawn: readonly string[] = [];
  #latest: string | undefined;
  #drawnAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #pageMs = FIRST_PAGE_MS;
  #isLeft = true;

  constructor(terminal: Terminal, { hasCursor, frameMs }: ScreenOptions) {
    super();
    this.#terminal = terminal;
    this.#hasCursor = hasCursor;
    this.#frameMs = frameMs;
    this.columns = terminal.columns;
    this.rows = terminal.rows;
    this.enter();
  }

  /** Takes the terminal, again after it was left: the last picture is drawn anew, whatever stands there now. */
  enter(): void {
    if (!this.#isLeft) return;
    this.#isLeft = false;
    this.#terminal.on('resize', this.#soon);
    if (this.#hasCursor) this.#terminal.write(ENTER);
    if (this.#drawn.length > 0) this.#latest ??= this.#drawn.join('\n');
    this.#drawn = [];
    if (this.#latest !== undefined) this.#soon();
  }

  /** @param frame a whole picture, as Ink writes it in its mode for debugging; it is drawn when it is time */
  write(frame: string): boolean {
    if (frame !== '') this.#latest = frame;
    this.#soon();
    return true;
  }

  /** A sequence that is no part of the picture. */
  send(sequence: string): void {
    if (this.#hasCursor && !this.#isLeft) this.#terminal.write(sequence);
  }

  /** Someone pressed a key: the next picture is an answer to it, and not kept waiting. */
  expectAnswer(): void {
    if (this.#hasCursor) return;
    this.#drawnAt = -Infinity;
    this.#pageMs = FIRST_PAGE_MS;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#soon();
  }

  /** Gives the terminal back as it was; what is drawn later is kept until it is taken again. May be called again. */
  leave(): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#terminal.off('resize', this.#soon);
    if (this.#hasCursor) this.#terminal.write(LEAVE);
  }

  readonly #soon = (): void => {
    if (this.#isLeft) return;
    const leastMs = this.#hasCursor ? this.#frameMs : this.#pageMs;
    this.#timer ??= setTimeout(this.#draw, Math.max(0, this.#drawnAt + leastMs - performance.now()));
  };

  readonly #draw = (): void => {
    this.#timer = undefined;
    const { columns, rows } = this.#terminal;
    if (columns !== this.columns || rows !== this.rows) {
      this.columns = columns;
      this.rows = rows;
      this.#drawn = [];
      this.emit('resize');
      this.#timer = setTimeout(this.#draw, 0); // by then the picture is of the new size
      return;
    }
    this.#drawnAt = performance.now();
    if (this.#latest === undefined) return;
    const lines = this.#latest.split('\n');
    this.#latest = undefined;
    if (this.#hasCursor) this.#terminal.write(changesOf(this.#drawn, lines, rows));
    else if (lines.join('\n') !== this.#drawn.join('\n')) {
      this.#terminal.write(`${lines.join('\n')}\n`);
      this.#pageMs = Math.min(LAST_PAGE_MS, this.#pageMs * 2);
    }
    this.#drawn = lines;
  };
}

/** @returns what makes one picture of the other; all of it where nothing is drawn yet */
export function changesOf(drawn: readonly string[], lines: readonly string[], rows: number): string {
  let changes = drawn.length === 0 ? '\x1b[2J' : '';
  for (let row = 0; row < Math.min(rows, Math.max(drawn.length, lines.length)); row++) {
    const line = lines[row] ?? '';
    if (drawn.length > 0 && line === (drawn[row] ?? '')) continue;
    // emptied before it is written: after a line of full width the cursor stands on its last character
    changes += `\x1b[${row + 1};1H\x1b[K${line}\x1b[0m`;
  }
  return changes === '' ? '' : BEGIN + changes + END;
}
