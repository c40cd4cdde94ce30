/** Pace, what is left, and how far two people agree. */
import { agreementOf, type LabellingSession, paceOf, type SessionProgress } from '@otzyv/trainer';
import { count } from '../format.ts';
import type { Theme } from '../terminal/theme.ts';
import { fitted, shortened } from '../text.ts';

interface Fact {
  readonly name: string;
  readonly said: string;
}

export function factsOf(
  session: LabellingSession,
  { left, excluded }: SessionProgress,
  theme: Theme,
): Fact[] {
  const facts: Fact[] = [];
  const pace = paceOf(session);
  if (pace !== undefined) {
    const minutes = Math.ceil(left / pace);
    facts.push({ name: 'pace', said: `${pace.toFixed(pace < 10 ? 1 : 0)} a minute` });
    if (left > 0) {
      const time = minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
      facts.push({ name: 'left', said: `${count(left)}, about ${time}` });
    }
  }
  if (excluded > 0) facts.push({ name: 'left out', said: `${count(excluded)} left out` });
  const agreement = agreementOf(session);
  if (agreement !== undefined) {
    const { rows, agreed, kappa, interval } = agreement;
    const name = theme.hasUnicode ? 'κ' : 'kappa';
    const range =
      interval === undefined
        ? ''
        : ` (${interval.low.toFixed(2)} ${theme.glyphs.dash} ${interval.high.toFixed(2)})`;
    facts.push({
      name: 'agreement',
      said: kappa === undefined ? `${name} not known yet` : `${name} ${kappa.toFixed(2)}${range}`,
    });
    facts.push({ name: '', said: `same on ${count(agreed)} of ${count(rows)}` });
  }
  return facts;
}

export function factLines(session: LabellingSession, progress: SessionProgress, width: number, theme: Theme) {
  return factsOf(session, progress, theme).map(
    ({ name, said }) => theme.dim(fitted(name, 10)) + shortened(said, width - 10, theme.glyphs.ellipsis),
  );
}
