/** A file that was sent: how far it is, which answers it got, and the file itself. */
import { useState } from 'preact/hooks';
import { Fault } from './fault.tsx';
import { useSpeech } from './language.tsx';
import { answered, Refusal, refusalOf, type Session } from './server.ts';
import { Progress } from './status.tsx';

const NAMES = 'otzyv.file.';
const MOST_LABELS = 5;

export async function batchesOf({ api }: Session) {
  return (await answered(api.v1.batches.$get())).data;
}

export type Batch = Awaited<ReturnType<typeof batchesOf>>[number];

/** The server does not learn what files are called. */
export function rememberName(id: string, name: string): void {
  sessionStorage.setItem(`${NAMES}${id}`, name);
}

interface Props {
  batch: Batch;
  session: Session;
  onRemoved: () => void;
}

export function BatchItem({ batch, session, onRemoved }: Props) {
  const { say, number, date } = useSpeech();
  const [error, setError] = useState<unknown>();
  const { id, status, file, progress, model, expires_at } = batch;
  const name = sessionStorage.getItem(`${NAMES}${id}`) ?? `${date(batch.created_at)}.${file.format}`;
  const isOver = status === 'done' || status === 'failed';
  const some = (count: number, text: (n: string) => string) => count > 0 && text(number(count));
  const facts = [
    say.rowsOf(number(progress.rows), number(file.rows)),
    some(file.bad_rows, say.badRows),
    some(progress.empty_texts, say.emptyTexts),
    some(progress.truncated_texts, say.truncatedTexts),
    some(progress.uncertain_texts, say.uncertainTexts),
    isOver && expires_at !== null && say.removedAt(date(expires_at)),
  ];
  const remove = async () => {
    const response = await session.fetch(`/v1/batches/${id}`, { method: 'DELETE' });
    if (!response.ok && response.status !== 404) throw await refusalOf(response);
    sessionStorage.removeItem(`${NAMES}${id}`);
    onRemoved();
  };
  return (
    <li class="card batch">
      <p class="title">
        <strong>{name}</strong> <span class="hint">{model}</span>
        <span class={`status ${STATUS_COLOURS[status]}`}>{say.batchStatus[status]}</span>
      </p>
      {!isOver && <Progress share={progress.share} name={say.of(say.progress, name)} />}
      <p class="hint">{facts.filter((fact) => fact !== false).join(' · ')}</p>
      <Counts batch={batch} />
      {batch.error !== null && <Fault error={new Refusal(422, batch.error.detail, batch.error.hint)} />}
      <Fault error={error} />
      <div class="actions">
        {status === 'done' && (
          <button
            type="button"
            class="primary"
            aria-label={say.of(say.download, name)}
            onClick={() => void download(session, batch, labelledName(name, say.labelled)).catch(setError)}
          >
            {say.download}
          </button>
        )}
        <button
          type="button"
          class="quiet"
          aria-label={say.of(isOver ? say.remove : say.stop, name)}
          onClick={() => void remove().catch(setError)}
        >
          {isOver ? say.remove : say.stop}
        </button>
      </div>
    </li>
  );
}

const STATUS_COLOURS = { waiting: '', running: 'running', done: 'finished', failed: 'failed' };

/** The most frequent answers. */
function Counts({ batch: { progress } }: { batch: Batch }) {
  const { number, percent } = useSpeech();
  const counts = Object.entries(progress.counts).sort(([, a], [, b]) => b - a);
  if (counts.length === 0) return null;
  return (
    <ol class="scores">
      {counts.slice(0, MOST_LABELS).map(([label, count]) => (
        <li key={label} class="is-answer">
          <span class="name">{label}</span>
          <span class="share">
            {number(count)} <span class="hint">{percent(count / progress.rows)}</span>
          </span>
          <span class="track" aria-hidden="true">
            <span style={{ width: `${(count / progress.rows) * 100}%` }} />
          </span>
        </li>
      ))}
      {counts.length > MOST_LABELS && <li class="hint">…</li>}
    </ol>
  );
}

/** A link could not bear the key. */
async function download(session: Session, { id }: Batch, name: string): Promise<void> {
  const response = await session.fetch(`/v1/batches/${id}/output`);
  if (!response.ok) throw await refusalOf(response);
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function labelledName(name: string, word: string): string {
  return name.replace(/(\.\w+)?$/, `-${word}$1`);
}
