/** The language: as the browser asks for, or as was chosen; and numbers, durations and shares as it writes them. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Language, MESSAGES, type Messages } from './messages.ts';

const CHOSEN = 'otzyv.language';

export function firstLanguage(): Language {
  const asked = localStorage.getItem(CHOSEN) ?? navigator.language;
  return asked.toLowerCase().startsWith('ru') ? 'ru' : 'en';
}

export function keepLanguage(language: Language): void {
  localStorage.setItem(CHOSEN, language);
}

export interface Speech {
  readonly language: Language;
  readonly say: Messages;
  number(value: number, digits?: number): string;
  /** With a tenth where it is not whole. */
  whole(value: number): string;
  /** In tenths; what is less is not nothing. */
  percent(share: number): string;
  /** With its sign. */
  signedPercent(share: number): string;
  duration(ms: number): string;
  date(iso: string): string;
}

export function speechOf(language: Language): Speech {
  const number = (value: number, digits = 0) =>
    value.toLocaleString(language, { maximumFractionDigits: digits, minimumFractionDigits: digits });
  const unit = (value: number, name: string, digits = 0) =>
    value.toLocaleString(language, {
      ...{ style: 'unit', unit: name, unitDisplay: 'short' },
      maximumFractionDigits: digits,
    });
  const whole = (ms: number, first: [number, string], second: [number, string]) => {
    const all = Math.round(ms / second[0]);
    const some = first[0] / second[0];
    const parts = [unit(Math.floor(all / some), first[1]), unit(all % some, second[1])];
    return (all % some === 0 ? parts.slice(0, 1) : parts).join(' ');
  };
  const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];
  return {
    language,
    say: MESSAGES[language],
    number,
    whole: (value) => number(value, Number.isInteger(value) ? 0 : 1),
    percent: (share) => {
      const [least, digits] = [0.001, 1];
      const text = (value: number) =>
        value.toLocaleString(language, {
          ...{ style: 'percent', maximumFractionDigits: digits, minimumFractionDigits: digits },
        });
      return share > 0 && share < least ? `< ${text(least)}` : text(share);
    },
    signedPercent: (share) =>
      share.toLocaleString(language, {
        style: 'percent',
        signDisplay: 'exceptZero',
        maximumFractionDigits: 1,
      }),
    duration: (ms) => {
      if (ms < SECOND) return unit(ms, 'millisecond', ms < 10 ? 1 : 0);
      if (ms < MINUTE) return unit(ms / SECOND, 'second', ms < 10 * SECOND ? 1 : 0);
      if (ms < HOUR) return whole(ms, [MINUTE, 'minute'], [SECOND, 'second']);
      if (ms < DAY) return whole(ms, [HOUR, 'hour'], [MINUTE, 'minute']);
      return whole(ms, [DAY, 'day'], [HOUR, 'hour']);
    },
    date: (iso) =>
      new Date(iso).toLocaleString(language, {
        day: 'numeric',
        month: 'short',
        hour: 'numeric',
        minute: '2-digit',
      }),
  };
}

export const SpeechContext = createContext<Speech>(speechOf('en'));

export function useSpeech(): Speech {
  return useContext(SpeechContext);
}
