/** What went wrong and what to do, said aloud. */
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
