/** One training: how far it is, its curves as they grow, what was measured, what it said. */
import {
  examplesPerSecond,
  type RunEvaluation,
  type RunState,
  type RunStatus,
  runStatus,
  shareDone,
  timeLeftMs,
} from '@otzyv/trainer/run-state';
import type { ComponentChildren } from 'preact';
import { Chart } from './chart.tsx';
import { Fault } from './fault.tsx';
import { useSpeech } from './language.tsx';
import { useRun } from './run-stream.ts';
import { Refusal, type Session } from './server.ts';
import { Progress, Status } from './status.tsx';

export function RunView({ session, id }: { session: Session; id: string }) {
  const { say } = useSpeech();
  const { run, error } = useRun(session, id);
  const isGone = error instanceof Refusal && error.status === 404;
  return (
    <section>
      <p>
        <a href="#/runs">{say.backToRuns}</a>
      </p>
      <h1>{id.replaceAll(':', ' / ')}</h1>
      {isGone ? <p class="card empty">{say.noSuchRun}</p> : <Fault error={error} />}
      {run?.isBroken && (
        <p class="note" role="status">
          {say.reconnecting}
        </p>
      )}
      {run !== undefined && <Run state={run.state} status={runStatus(run.state, run.runningSince)} />}
    </section>
  );
}

function Run({ state, status }: { state: RunState; status: RunStatus }) {
  const { say } = useSpeech();
  const { end, log, curve, evaluations } = state;
  return (
    <>
      <Headline state={state} status={status} />
      {end?.status === 'failed' && (
        <p class="fault" lang="en">
          {end.message}
        </p>
      )}
      {curve.points.length > 0 && (
        <>
          <h2>{say.curves}</h2>
          <Curves state={state} />
        </>
      )}
      {evaluations.length > 0 && <Evaluations state={state} />}
      {log.length > 0 && (
        <details>
          <summary>
            <h2>{say.log}</h2>
          </summary>
          <ol class="log" lang="en">
            {log.toReversed().map(({ time, level, text }, i) => (
              <li key={log.length - i} class={level}>
                <time dateTime={time}>{new Date(time).toLocaleTimeString()}</time> {text}
              </li>
            ))}
          </ol>
        </details>
      )}
    </>
  );
}

function Headline({ state, status }: { state: RunState; status: RunStatus }) {
  const { say, number, whole, duration } = useSpeech();
  const { options, step, totalSteps, epoch, phase, partDone, end, best, data, checkpoint, elapsedMs } = state;
  const { isPaused, stopRequested } = state;
  const left = timeLeftMs(state);
  const speed = examplesPerSecond(state);
  const isLive = status === 'running';
  const share = partDone !== null && phase !== 'training' ? partDone.done / partDone.total : shareDone(state);
  const progress = [
    isLive && (isPaused ? say.paused : say.phase[phase]),
    isLive && stopRequested !== null && say.stopAsked[stopRequested],
    end !== null && end.status in say.ended && say.ended[end.status as keyof typeof say.ended],
    totalSteps === null
      ? step > 0 && say.iteration(number(step))
      : say.stepOf(number(step), number(totalSteps)),
    totalSteps !== null && options !== null && say.epochOf(whole(epoch), whole(options.epochs)),
    isLive && left !== null && say.timeLeft(duration(left)),
  ];
  const value = options === null ? undefined : best?.metrics[options.metric];
  return (
    <div class="card headline">
      <p class="first">
        <Status status={status} /> <span class="hint">{options?.model}</span>
      </p>
      <p>{progress.filter((part) => part !== false).join(' · ')}</p>
      {isLive && <Progress share={share} name={say.progress} />}
      <dl>
        {value !== undefined && best !== null && (
          <Fact name={`${say.best} ${options?.metric}`}>
            <b>{number(value, 4)}</b> <span class="hint">{say.atStep(number(best.step))}</span>
          </Fact>
        )}
        {elapsedMs > 0 && <Fact name={say.elapsed}>{duration(elapsedMs)}</Fact>}
        {speed !== null && isLive && (
          <Fact name={say.speed}>{say.perSecond(number(speed, speed < 10 ? 1 : 0))}</Fact>
        )}
        {checkpoint !== null && <Fact name={say.checkpoint}>{say.atStep(number(checkpoint.step))}</Fact>}
        {data !== null && data.train !== null && data.validation !== null && (
          <Fact name={say.data}>{say.rows(number(data.train), number(data.validation))}</Fact>
        )}
      </dl>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Curves({ state }: { state: RunState }) {
  const { say, number } = useSpeech();
  const { curve, evaluations, best, options, totalSteps } = state;
  const { points } = curve;
  const isLinear = totalSteps === null;
  const small = (value: number) => (value === 0 ? '0' : value.toExponential(1));
  const short = (value: number) => number(value, Math.abs(value) >= 100 ? 0 : 2);
  const x = {
    lastX: points.at(-1)?.step,
    formatX: (step: number) => (isLinear ? say.iteration(number(step)) : say.atStep(number(step))),
  };
  const metric = options?.metric ?? '';
  const measured = evaluations.map(({ step, metrics }) => ({ x: step, y: metrics[metric] ?? 0 }));
  return (
    <div class="charts">
      <Chart
        title={isLinear ? say.objective : `${say.loss} (${say.smoothed})`}
        points={points.map(({ step, loss, smoothedLoss }) => ({
          x: step,
          y: isLinear ? loss : smoothedLoss,
        }))}
        behind={isLinear ? [] : points.map(({ step, loss }) => ({ x: step, y: loss }))}
        band={
          isLinear ? [] : points.map(({ step, lowest, highest }) => ({ x: step, low: lowest, high: highest }))
        }
        format={short}
        {...x}
      />
      {!isLinear && (
        <Chart
          title={metric}
          points={measured}
          marked={evaluations.findIndex(({ step }) => step === best?.step)}
          hasDots
          format={(value) => number(value, 3)}
          {...x}
        />
      )}
      {!isLinear && (
        <Chart
          title={say.learningRate}
          points={points.map(({ step, learningRate }) => ({ x: step, y: learningRate ?? 0 }))}
          format={small}
          {...x}
        />
      )}
      <Chart
        title={say.gradientNorm}
        points={points.map(({ step, gradientNorm }) => ({ x: step, y: gradientNorm }))}
        format={short}
        {...x}
      />
    </div>
  );
}

const COLUMNS = ['f1_weighted', 'f1_macro', 'accuracy', 'log_loss'];

function Evaluations({ state: { evaluations, best, options } }: { state: RunState }) {
  const { say, number, whole } = useSpeech();
  const columns = [...new Set([options?.metric ?? '', ...COLUMNS])].filter((name) =>
    evaluations.some(({ metrics }) => metrics[name] !== undefined),
  );
  const isBest = ({ step }: RunEvaluation) => step === best?.step;
  return (
    <>
      <h2 id="evaluations">{say.evaluations}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section class="scroll" tabIndex={0} aria-labelledby="evaluations">
        <table>
          <thead>
            <tr>
              <th scope="col">{say.epoch}</th>
              {columns.map((name) => (
                <th key={name} scope="col" class="number">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {evaluations.toReversed().map((one) => (
              <tr key={one.step} class={isBest(one) ? 'best' : ''}>
                <th scope="row">
                  {whole(one.epoch)}
                  {isBest(one) && <span class="mark">{say.bestMark}</span>}
                </th>
                {columns.map((name) => (
                  <td key={name} class="number">
                    {number(one.metrics[name] ?? Number.NaN, 4)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
