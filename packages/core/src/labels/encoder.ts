/**
 * Labels to class ids and back. Classes are sorted by code point, as scikit-learn's LabelEncoder sorts them.
 */
import { OtzyvError } from '../errors.ts';

/** Class names to ids from 0, and back. */
export interface LabelEncoder {
  readonly classes: readonly string[];
  /** @param row of the data, for the error. @throws OtzyvError `labels.unknown` */
  encode(label: string, row?: number): number;
  decode(id: number): string;
}

/** Of the labels in a data set. */
export function createLabelEncoder(labels: Iterable<string>): LabelEncoder {
  return encoderOf([...new Set(labels)].sort(byCodePoint));
}

/** Of the classes of a model, in the order that it has them. */
export function encoderOf(classes: readonly string[]): LabelEncoder {
  const ids = new Map(classes.map((label, id) => [label, id]));
  return {
    classes,
    encode: (label, row) => {
      const id = ids.get(label);
      if (id !== undefined) return id;
      const place = row === undefined ? '' : `row ${row}: `;
      const twin = classes.find((known) => labelKey(known) === labelKey(label));
      throw new OtzyvError(
        'labels.unknown',
        `${place}unknown label "${label}" (known: ${classes.join(', ')})`,
        twin === undefined
          ? 'Correct the label, or add rows with it to the training data.'
          : `Did you mean "${twin}"? They differ only by case, spaces or ё.`,
      );
    },
    decode: (id) => {
      const label = classes[id];
      if (label !== undefined) return label;
      throw new OtzyvError(
        'labels.unknown',
        `there is no class ${id} (classes: 0 to ${classes.length - 1})`,
        'Check where the id comes from.',
      );
    },
  };
}

/** What is left of a label without case, spaces and ё: two labels with one key are one class written twice. */
export function labelKey(label: string): string {
  return label.normalize('NFC').toLowerCase().replace(/ё/g, 'е').replace(/\s+/g, ' ').trim();
}

function byCodePoint(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
