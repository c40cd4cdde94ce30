/** The trainings, those that go on first; looked at again while the page is seen. */
import { useCallback } from 'preact/hooks';
import { Fault, SwitchedOff } from './fault.tsx';
import { useSpeech } from './language.tsx';
import { answered, Refusal, type Session } from './server.ts';
import { Progress, Status } from './status.tsx';
import { useRepeated } from './use-repeated.ts';

const EVERY_MS = 3000;

async function runsOf({ api }: Session) {
  return (await answered(api.v1.runs.$get())).data;
}

type Run = Awaited<ReturnType<typeof runsOf>>[number];

export function RunsView({ session }: { session: Session }) {
  const { say } = useSpeech();
  const { found: runs, error } = useRepeated(
    useCallback(() => runsOf(session), [session]),
    EVERY_MS,
  );
  const isOff = error instanceof Refusal && error.status === 404;
  return (
    <section>
      <h1>{say.runsTitle}</h1>
      {isOff ? (
        <SwitchedOff what={say.runsOff} hint={say.runsOffHint} flags="--runs runs" />
      ) : (
        <Fault error={error} />
      )}
      {runs?.length === 0 && <p class="card empty">{say.noRuns}</p>}
      <ul class="runs">
        {runs?.map((run) => (
          <RunItem key={run.id} run={run} />
        ))}
      </ul>
    </section>
  );
}

function RunItem({ run }: { run: Run }) {
  const { say, number, whole, duration, date } = useSpeech();
  const { id, status, model, epoch, epochs, step, best, metric, elapsed_ms, time_left_ms } = run;
  const value = metric === null ? undefined : best?.metrics[metric];
  const isBert = run.total_steps !== null && epochs !== null;
  const facts = [
    run.is_paused && say.paused,
    isBert ? say.epochOf(whole(epoch), whole(epochs)) : step > 0 && say.iteration(number(step)),
    status === 'running' && time_left_ms !== null
      ? say.timeLeft(duration(time_left_ms))
      : elapsed_ms > 0 && duration(elapsed_ms),
    run.started_at !== null && date(run.started_at),
  ];
  return (
    <li>
      <a class="card run" href={`#/runs/${encodeURIComponent(id)}`}>
        <span class="title">
          <strong>{id.replaceAll(':', ' / ')}</strong>
          <span class="hint">{model}</span>
        </span>
        <Status status={status} />
        <span class="score">
          {value !== undefined && (
            <>
              <span class="hint">{metric}</span> <b>{number(value, 3)}</b>
            </>
          )}
        </span>
        <span class="facts hint">{facts.filter((fact) => fact !== false).join(' · ')}</span>
        {status === 'running' && <Progress share={run.progress} name={say.progress} />}
      </a>
    </li>
  );
}
