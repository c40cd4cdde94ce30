/** One review: pasted, sent, and its answer with the probability of each category. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ModelInfo } from './app.tsx';
import { Fault } from './fault.tsx';
import { useSpeech } from './language.tsx';
import { EXAMPLES } from './messages.ts';
import { ModelField } from './model-field.tsx';
import { answered, type Session } from './server.ts';
import { Words } from './words.tsx';

interface Props {
  session: Session;
  models: readonly ModelInfo[];
  fault: unknown;
}

async function ask({ api }: Session, text: string, model: string) {
  const json = { text, all_scores: true, ...(model !== '' && { model }) };
  const { predictions, ...answer } = await answered(api.v1.predict.$post({ json }));
  const [prediction] = predictions;
  if (prediction === undefined) throw new Error('one text has one prediction');
  return { ...answer, ...prediction, text };
}

type Answer = Awaited<ReturnType<typeof ask>>;

export function ReviewView({ session, models, fault }: Props) {
  const { say } = useSpeech();
  const [text, setText] = useState('');
  const [model, setModel] = useState('');
  const [answer, setAnswer] = useState<Answer>();
  const [error, setError] = useState<unknown>();
  const [isAsking, setAsking] = useState(false);
  const latest = useRef(0);
  const reply = useRef<HTMLElement>(null);
  // on a phone it stands below the form
  useEffect(() => reply.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' }), [answer]);

  const send = async (review: string) => {
    if (review.trim() === '') return;
    const turn = ++latest.current; // an earlier answer may come later
    const isLatest = () => turn === latest.current;
    setAsking(true);
    await ask(session, review, model).then(
      (given) => {
        if (!isLatest()) return;
        setAnswer(given);
        setError(undefined);
      },
      (refused: unknown) => isLatest() && setError(refused),
    );
    if (isLatest()) setAsking(false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send(text);
  };
  return (
    <>
      <h1>{say.askTitle}</h1>
      <div class="review">
        <section class="question">
          <form
            class="card"
            onSubmit={(event) => {
              event.preventDefault();
              void send(text);
            }}
          >
            <label for="text">{say.text}</label>
            <textarea
              id="text"
              rows={6}
              value={text}
              placeholder={say.placeholder}
              onInput={(event) => setText(event.currentTarget.value)}
              onKeyDown={onKeyDown}
            />
            <ModelField models={models} model={model} onModel={setModel} />
            <div class="actions">
              <button type="submit" class="primary" disabled={text.trim() === ''}>
                {isAsking ? say.asking : say.ask}
              </button>
              <kbd>{say.shortcut}</kbd>
            </div>
          </form>
          <Fault error={error ?? fault} />
        </section>
        <section class="reply" ref={reply} aria-live="polite" aria-busy={isAsking}>
          {answer !== undefined && <AnswerCard answer={answer} session={session} />}
        </section>
        <section class="examples">
          <span>{say.try}</span>
          {EXAMPLES.map((example) => (
            <button
              key={example}
              type="button"
              lang="ru"
              onClick={() => {
                setText(example);
                void send(example);
              }}
            >
              {example}
            </button>
          ))}
        </section>
      </div>
    </>
  );
}

function AnswerCard({ answer, session }: { answer: Answer; session: Session }) {
  const { say, percent, duration } = useSpeech();
  const { label, confidence, is_uncertain, guess, scores = [], model } = answer;
  return (
    <div class="card answer">
      <h2>{say.answer}</h2>
      <p class="category">{is_uncertain ? say.notSure : label}</p>
      <p>{is_uncertain && guess !== undefined ? say.guess(guess) : say.confidence(percent(confidence))}</p>
      {answer.is_empty && <p class="note">{say.empty}</p>}
      {answer.is_truncated && <p class="note">{say.truncated}</p>}
      <h3>{say.probabilities}</h3>
      <ol class="scores">
        {scores.map(({ label: name, score }) => (
          <li key={name} class={name === (guess ?? label) ? 'is-answer' : ''}>
            <span class="name">{name}</span>
            <span class="share">{percent(score)}</span>
            <span class="track" aria-hidden="true">
              <span style={{ width: `${score * 100}%` }} />
            </span>
          </li>
        ))}
      </ol>
      {!answer.is_empty && <Words session={session} text={answer.text} model={model} />}
      <p class="hint">{say.took(duration(answer.elapsed_ms), model)}</p>
      <Quality session={session} model={model} />
    </div>
  );
}

/** How far the model is to be believed, beside what needs no model. */
function Quality({ session, model }: { session: Session; model: string }) {
  const { say, number } = useSpeech();
  const [measured, setMeasured] = useState<{ metric: string; value: number; baseline: number }>();
  useEffect(() => {
    setMeasured(undefined);
    const asked = answered(session.api.v1.models[':name'].$get({ param: { name: model } }));
    asked.then(
      ({ metrics, baseline }) => {
        const [value, floor] = [metrics['f1_weighted'], baseline['f1_weighted']];
        if (value !== undefined && floor !== undefined) setMeasured({ metric: 'F1', value, baseline: floor });
      },
      () => undefined, // the answer stands without it
    );
  }, [session, model]);
  if (measured === undefined) return null;
  const { metric, value, baseline } = measured;
  return <p class="hint">{say.quality(metric, number(value, 3), number(baseline, 3))}</p>;
}
