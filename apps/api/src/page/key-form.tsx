/** Asks for a key, where the server does. */
import { useState } from 'preact/hooks';
import { useSpeech } from './language.tsx';

export function KeyForm({ isWrong, onKey }: { isWrong: boolean; onKey: (key: string) => void }) {
  const { say } = useSpeech();
  const [key, setKey] = useState('');
  const send = (event: Event) => {
    event.preventDefault();
    if (key.trim() !== '') onKey(key.trim());
  };
  return (
    <section class="narrow">
      <h1>{say.keyTitle}</h1>
      <form class="card" onSubmit={send}>
        <label for="key">{say.key}</label>
        <input
          id="key"
          type="password"
          autocomplete="off"
          value={key}
          onInput={(event) => setKey(event.currentTarget.value)}
          aria-invalid={isWrong}
          aria-describedby="key-hint"
        />
        <p id="key-hint" class="hint">
          {say.keyHint}
        </p>
        {isWrong && (
          <p class="fault" role="alert">
            {say.keyWrong}
          </p>
        )}
        <button type="submit" class="primary">
          {say.keyUse}
        </button>
      </form>
    </section>
  );
}
