/**
 * Which words the answer hangs on. They cost the server as many answers as there are words, so they are asked for once the
 * answer is there, and the answer stands without them.
 */
import { useEffect, useState } from 'preact/hooks';
import { useSpeech } from './language.tsx';
import { answered, type Session } from './server.ts';

/** What is less of the probability is noise, and what is less of the most, not worth a mark. */
const [LEAST, LEAST_OF_MOST] = [0.005, 0.1];

async function wordsOf({ api }: Session, text: string, model: string, signal: AbortSignal) {
  const asked = api.v1.predict.$post(
    { json: { text, model, explain: true, min_confidence: 0 } },
    { init: { signal } },
  );
  return (await answered(asked)).predictions[0]?.words;
}

type Word = NonNullable<Awaited<ReturnType<typeof wordsOf>>>[number];

export function Words({ session, text, model }: { session: Session; text: string; model: string }) {
  const { say } = useSpeech();
  const [words, setWords] = useState<readonly Word[]>();
  useEffect(() => {
    setWords(undefined);
    const gone = new AbortController();
    wordsOf(session, text, model, gone.signal).then(
      (found) => !gone.signal.aborted && setWords(found),
      () => undefined,
    );
    return () => gone.abort();
  }, [session, text, model]);
  if (words === undefined || words.length === 0) return null;
  const most = Math.max(...words.map(({ weight }) => Math.abs(weight)));
  const least = Math.max(LEAST, most * LEAST_OF_MOST);
  const strong = words.filter(({ weight }) => Math.abs(weight) >= least);
  const has = (sign: number) => strong.some(({ weight }) => weight * sign > 0);
  return (
    <>
      <h3>{say.words}</h3>
      {strong.length === 0 ? (
        <p class="hint">{say.noWords}</p>
      ) : (
        <>
          <Marked text={text} words={strong} most={most} />
          <p class="hint legend">
            {has(1) && (
              <span>
                <mark class="for">{'\u00a0\u00a0\u00a0'}</mark> {say.wordsFor}
              </span>
            )}
            {has(-1) && (
              <span>
                <mark class="against">{'\u00a0\u00a0\u00a0'}</mark> {say.wordsAgainst}
              </span>
            )}
          </p>
        </>
      )}
    </>
  );
}

interface MarkedProps {
  text: string;
  /** by where they stand, none over another */
  words: readonly Word[];
  /** the largest weight, whatever its sign */
  most: number;
}

function Marked({ text, words, most }: MarkedProps) {
  const { say, signedPercent } = useSpeech();
  return (
    <p class="words">
      {words.flatMap(({ start, end, weight }, i) => {
        const word = text.slice(start, end);
        const colour = weight > 0 ? 'accent' : 'bad';
        const strength = Math.round((Math.abs(weight) / most) * 40);
        const background = `color-mix(in srgb, var(--${colour}) ${strength}%, transparent)`;
        return [
          text.slice(words[i - 1]?.end ?? 0, start),
          <mark
            key={start}
            class={weight < 0 ? 'against' : 'for'}
            title={say.weight(word, signedPercent(weight))}
            style={{ background }}
          >
            {word}
          </mark>,
        ];
      })}
      {text.slice(words.at(-1)?.end ?? 0)}
    </p>
  );
}
