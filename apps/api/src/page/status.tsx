/** Whether a training goes, by colour and in words; and how far it is. */
import type { RunStatus } from '@otzyv/trainer/run-state';
import { useSpeech } from './language.tsx';

export function Status({ status }: { status: RunStatus }) {
  const { say } = useSpeech();
  return <span class={`status ${status}`}>{say.status[status]}</span>;
}

/** @param share null: it cannot be told */
export function Progress({ share, name }: { share: number | null; name: string }) {
  return share === null ? (
    <progress aria-label={name} />
  ) : (
    <progress aria-label={name} value={share} max={1} />
  );
}
