/** The labelling screen: keys in, a session that its owner saves, and the words that mattered once the model has found them. */
import { currentItem, type LabellingAction, type LabellingSession, type WordWeight } from '@otzyv/trainer';
import { useApp, useInput } from 'ink';
import { useCallback, useEffect, useRef, useState } from 'react';
import { namesOf } from '../keys.ts';
import type { Theme } from '../terminal/theme.ts';
import { ThemeContext } from '../views/theme-context.ts';
import { useSize } from '../views/use-size.ts';
import { labelPressed, START_UI } from './label-state.ts';
import { LabelView, textExtentOf } from './label-view.tsx';

export interface LabelAppProps {
  readonly file: string;
  readonly output: string;
  readonly session: LabellingSession;
  readonly theme: Theme;
  /** Saves what a person did, then does it. */
  readonly onAct: (action: LabellingAction) => LabellingSession;
  /** Which words speak for a label; absent where there is no model. */
  readonly explain?:
    | ((text: string, label: string, signal: AbortSignal) => Promise<readonly WordWeight[]>)
    | undefined;
  /** told of every key, before it is obeyed */
  readonly onKey?: () => void;
}

export function LabelApp({ file, output, session: begun, theme, onAct, explain, onKey }: LabelAppProps) {
  const [shown, setShown] = useState({ ui: START_UI, session: begun });
  const latest = useRef(shown);
  const { exit } = useApp();
  const size = useSize();
  const words = useWords(shown.session, explain);
  const props = { ...shown, file, output, words, ...size };
  const extent = useRef(props);
  extent.current = props;

  useInput(
    useCallback(
      (input, key) => {
        onKey?.();
        // on a busy machine Esc and the next key come together, as if Alt had been held
        const isAfterEsc = key.meta && !key.escape && input !== '';
        for (const name of [...(isAfterEsc ? ['esc'] : []), ...namesOf({ input, key: { ...key } })]) {
          const { ui, session } = latest.current;
          const context = {
            now: Date.now(),
            ...textExtentOf({ ...extent.current, ...latest.current }, theme),
          };
          const { ui: next, action, isQuit } = labelPressed(ui, session, name, context);
          try {
            latest.current = { ui: next, session: action === undefined ? session : onAct(action) };
          } catch (error) {
            exit(error as Error); // what cannot be saved is not done
            return;
          }
          setShown(latest.current);
          if (isQuit === true) exit();
        }
      },
      [onKey, onAct, exit, theme],
    ),
  );

  return (
    <ThemeContext.Provider value={theme}>
      <LabelView {...props} />
    </ThemeContext.Provider>
  );
}

/** Whoever labels fast is not kept waiting by a model that explains what is gone already. */
const BEFORE_ASKING_MS = 120;

function useWords(session: LabellingSession, explain: LabelAppProps['explain']) {
  const known = useRef(new Map<number, readonly WordWeight[]>());
  const [, found] = useState(0);
  const item = currentItem(session);
  const label = item?.suggestions[0]?.label;
  useEffect(() => {
    if (explain === undefined || item === undefined || label === undefined || known.current.has(item.row))
      return;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      explain(item.text, label, controller.signal)
        .catch((): WordWeight[] => [])
        .then((weights) => {
          if (controller.signal.aborted) return;
          known.current.set(item.row, weights);
          found((count) => count + 1);
        });
    }, BEFORE_ASKING_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [item, label, explain]);
  if (explain === undefined || item === undefined || label === undefined) return undefined;
  return known.current.get(item.row) ?? null;
}
