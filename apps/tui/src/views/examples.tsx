/** The held-out reviews that the model is most wrong about: what they are, what was answered, how surely. */
import type { HardExample } from '@otzyv/trainer';
import { Box } from 'ink';
import { percent } from '../format.ts';
import { fitted, fittedRight, shortened, wrapped } from '../text.ts';
import { Lines, type Size } from './lines.tsx';
import { LinesPane } from './pane.tsx';
import { firstShown } from './table.ts';
import { useTheme } from './theme-context.ts';

export interface ExamplesProps extends Size {
  readonly examples: readonly HardExample[];
  /** whether an evaluation has told of any, before a filter */
  readonly isTold: boolean;
  readonly step: number | null;
  readonly chosen: number;
}

export function Examples({ examples, isTold, step, chosen, width, height }: ExamplesProps) {
  const theme = useTheme();
  if (examples.length === 0) {
    const said = isTold ? 'No review contains that.' : 'No evaluation has told of single reviews yet.';
    return <Lines lines={['', theme.dim(said)]} width={width} height={height} />;
  }
  const readHeight = height >= 12 ? Math.min(8, Math.floor(height / 3)) : 4;
  const page = height - readHeight - 2;
  const first = firstShown(chosen, examples.length, page);
  const { ellipsis, pointer, to } = theme.glyphs;
  const labelRoom = Math.min(34, Math.floor((width - 10) / (width >= 120 ? 5 : 3)));
  const lines = examples.slice(first, first + page).map(({ text, truth, predicted, confidence }, at) => {
    const isChosen = at + first === chosen;
    const labels = `${fitted(theme.plain(truth), labelRoom, ellipsis)} ${to} ${theme.bad(fitted(theme.plain(predicted), labelRoom, ellipsis))}`;
    const said = shortened(theme.plain(text), width - 2 * labelRoom - 16, ellipsis);
    return `${isChosen ? theme.accent(pointer) : ' '} ${fittedRight(percent(confidence), 5)}  ${labels}  ${theme.dim(said)}`;
  });
  const one = examples[chosen] as HardExample;
  const opened = [
    shortened(
      `truly ${theme.plain(one.truth)}, answered ${theme.plain(one.predicted)} with ${percent(one.confidence)}`,
      width,
      ellipsis,
    ),
    ...wrapped(theme.plain(one.text), width, readHeight - 2, ellipsis),
  ];
  return (
    <Box flexDirection="column" width={width} height={height}>
      <LinesPane
        title="The hardest held-out reviews"
        note={step === null ? 'truth, answer' : `truth, answer; evaluation at step ${step}`}
        lines={lines}
        width={width}
        height={height - readHeight}
      />
      <LinesPane title="The review" lines={opened} width={width} height={readHeight} />
    </Box>
  );
}
