/** What went wrong and what to do, said aloud; and what the server was not started for. */
import { useSpeech } from './language.tsx';
import { Refusal } from './server.ts';

export function Fault({ error }: { error: unknown }) {
  const { say } = useSpeech();
  if (error === undefined) return null;
  const isUnreachable = !(error instanceof Refusal) || error.status === 0;
  return (
    <p class="fault" role="alert">
      {isUnreachable ? say.unreachable : error.message}
      {error instanceof Refusal && error.hint !== undefined && <span class="hint"> {error.hint}</span>}
    </p>
  );
}

export function SwitchedOff({ what, hint, flags }: { what: string; hint: string; flags: string }) {
  return (
    <div class="card empty">
      <p>{what}</p>
      <p>{hint}</p>
      <pre>
        <code>npx otzyv-api --model runs/first {flags}</code>
      </pre>
    </div>
  );
}
