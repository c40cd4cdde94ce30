/** Which of several models answers. */
import type { ModelInfo } from './app.tsx';
import { useSpeech } from './language.tsx';

interface Props {
  models: readonly ModelInfo[];
  /** empty: the default */
  model: string;
  onModel: (model: string) => void;
}

export function ModelField({ models, model, onModel }: Props) {
  const { say } = useSpeech();
  if (models.length < 2) return null;
  return (
    <div class="field">
      <label for="model">{say.model}</label>
      <select id="model" value={model} onChange={(event) => onModel(event.currentTarget.value)}>
        {models.map(({ id, is_default }) => (
          <option key={id} value={is_default ? '' : id}>
            {id}
          </option>
        ))}
      </select>
    </div>
  );
}
