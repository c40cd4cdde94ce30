/** A whole file: dropped, sent, and had back labelled. The server goes on with it when the page is closed. */
import { useCallback, useState } from 'preact/hooks';
import type { ModelInfo } from './app.tsx';
import { type Batch, BatchItem, batchesOf, rememberName } from './batch.tsx';
import { type Columns, columnsOf, formatOf } from './columns.ts';
import { Fault, SwitchedOff } from './fault.tsx';
import { useSpeech } from './language.tsx';
import { ModelField } from './model-field.tsx';
import { answered, Refusal, type Session } from './server.ts';
import { useRepeated } from './use-repeated.ts';

const EVERY_MS = 1000;

interface Chosen extends Columns {
  readonly file: File;
}

async function send(session: Session, { file }: Chosen, textColumn: string, model: string): Promise<void> {
  const query = new URLSearchParams({ text_column: textColumn, ...(model !== '' && { model }) });
  const request = session.fetch(`/v1/batches?${query}`, {
    method: 'POST',
    headers: { 'content-type': formatOf(file) },
    body: file,
  });
  const { id } = (await answered(request)) as Pick<Batch, 'id'>;
  rememberName(id, file.name);
}

export function FileView({ session, models }: { session: Session; models: readonly ModelInfo[] }) {
  const { say } = useSpeech();
  const { found, error, again } = useRepeated(
    useCallback(() => batchesOf(session), [session]),
    EVERY_MS,
  );
  if (error instanceof Refusal && error.status === 404) {
    return (
      <section>
        <h1>{say.fileTitle}</h1>
        <SwitchedOff what={say.filesOff} hint={say.filesOffHint} flags="--data data" />
      </section>
    );
  }
  return (
    <section>
      <h1>{say.fileTitle}</h1>
      <SendForm session={session} models={models} onSent={again} />
      <Fault error={error} />
      {found !== undefined && found.length > 0 && (
        <>
          <h2>{say.batches}</h2>
          <ul class="runs">
            {found.map((batch) => (
              <BatchItem key={batch.id} {...{ batch, session }} onRemoved={again} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

interface FormProps {
  session: Session;
  models: readonly ModelInfo[];
  onSent: () => void;
}

function SendForm({ session, models, onSent }: FormProps) {
  const { say } = useSpeech();
  const [chosen, setChosen] = useState<Chosen>();
  const [column, setColumn] = useState('');
  const [model, setModel] = useState('');
  const [isSending, setSending] = useState(false);
  const [isOver, setOver] = useState(false);
  const [error, setError] = useState<unknown>();

  const choose = async (file: File | undefined) => {
    if (file === undefined) return;
    const columns = await columnsOf(file);
    setChosen({ file, ...columns });
    setColumn(columns.likely);
    setError(undefined);
  };
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    if (chosen === undefined || isSending) return;
    setSending(true);
    setError(undefined);
    await send(session, chosen, column, model).then(() => {
      setChosen(undefined);
      onSent();
    }, setError);
    setSending(false);
  };
  return (
    <form class="card" onSubmit={onSubmit}>
      <label
        class={`drop ${isOver ? 'is-over' : ''}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void choose(event.dataTransfer?.files[0]);
        }}
      >
        <input
          type="file"
          class="unseen"
          accept=".csv,.tsv,.jsonl,.ndjson,text/csv,text/tab-separated-values,application/x-ndjson"
          onChange={(event) => {
            void choose(event.currentTarget.files?.[0]);
            event.currentTarget.value = ''; // the same file may be chosen again
          }}
        />
        <span class="name">{chosen?.file.name ?? say.drop}</span>
        <span class="hint">{say.dropHint}</span>
      </label>
      {chosen !== undefined && chosen.names.length > 0 && (
        <div class="field">
          <label for="column">{say.column}</label>
          <select id="column" value={column} onChange={(event) => setColumn(event.currentTarget.value)}>
            {chosen.names.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </div>
      )}
      {chosen !== undefined && (
        <>
          <ModelField models={models} model={model} onModel={setModel} />
          <div class="actions">
            <button type="submit" class="primary" disabled={isSending}>
              {say.label}
            </button>
            {isSending && <span role="status">{say.sending}</span>}
          </div>
        </>
      )}
      <Fault error={error} />
    </form>
  );
}
