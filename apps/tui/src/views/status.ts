/** How a run fares, in a sign, a word and a colour that all say the same. */
import type { RunState, RunStatus } from '@otzyv/trainer/run-state';
import type { Theme } from '../terminal/theme.ts';

export interface StatusWords {
  readonly text: string;
  readonly paint: (text: string) => string;
}

export function statusWords(status: RunStatus, theme: Theme, isPaused = false): StatusWords {
  if (status === 'running' && isPaused)
    return { text: `${theme.hasUnicode ? '‖' : '='} paused`, paint: theme.warn };
  const [sign, paint] = {
    running: [theme.hasUnicode ? '●' : '*', theme.good],
    finished: [theme.hasUnicode ? '✓' : '+', theme.good],
    interrupted: [theme.hasUnicode ? '■' : '=', theme.warn],
    failed: [theme.hasUnicode ? '✗' : 'x', theme.bad],
    killed: [theme.hasUnicode ? '✗' : 'x', theme.bad],
  }[status] as [string, Theme['good']];
  return { text: `${sign} ${status}`, paint };
}

const PHASES: Readonly<Record<RunState['phase'], string>> = {
  reading: 'reading the data',
  preparing: 'preparing',
  'learning-features': 'learning features',
  training: 'training',
  evaluating: 'evaluating',
  refitting: 'training on all rows',
  ended: 'ended',
};

/** With what it is busy with, for a run that is looked at alone. */
export function livelyStatus(state: RunState, status: RunStatus, theme: Theme): StatusWords {
  const words = statusWords(status, theme, state.isPaused);
  if (status !== 'running') return words;
  const ending = { epoch: ', stops after this epoch', now: ', stops' };
  const stop = state.stopRequested === null ? '' : ending[state.stopRequested];
  if (state.isPaused) return { ...words, text: words.text + stop };
  const { done, total } = state.partDone ?? { done: 0, total: 0 };
  const part = total > 0 ? `, ${Math.round((100 * done) / total)} %` : '';
  return { ...words, text: `${words.text.slice(0, 2)}${PHASES[state.phase]}${part}${stop}` };
}
