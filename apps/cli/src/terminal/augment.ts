/** What was made of which class. */
import type { AugmentSummary } from '@otzyv/trainer';
import { colors } from './colors.ts';
import { counted } from './format.ts';
import { table } from './table.ts';
import { terminalWidth, wrapped } from './width.ts';

export function describeAugmentation({ rows, made, classes }: AugmentSummary, output: string): string {
  const grown = classes.filter((one) => one.made > 0);
  const short = grown.some((one) => one.rows + one.made < one.aim);
  return [
    `${counted(rows, 'review')}, and ${counted(made, 'text')} made of them`,
    ...(grown.length > 0
      ? [
          table(
            ['class', 'rows', 'made', 'wanted'],
            grown.map((one) => [one.label, one.rows, one.made, one.aim - one.rows].map(String)),
          ),
        ]
      : [`No class has fewer rows than wanted: name more with --per-class.`]),
    ...(short
      ? [
          wrapped(
            'Of some classes fewer were made than wanted: --per-row allows more of each review.',
            terminalWidth(),
          ),
        ]
      : []),
    [`written to ${output}`, colors.bold(`npx otzyv train --train ${output} --output runs/more`)].join('\n'),
  ].join('\n\n');
}
