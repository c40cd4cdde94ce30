/** A part of the screen under a line that names it. */
import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { shortened, widthOf } from '../text.ts';
import { Lines, type Size } from './lines.tsx';
import { useTheme } from './theme-context.ts';

interface PaneProps extends Size {
  readonly title: string;
  /** at the right end of the line */
  readonly note?: string;
  readonly isChosen?: boolean;
}

export function Pane({
  title,
  note = '',
  isChosen = false,
  width,
  height,
  children,
}: PaneProps & { readonly children: ReactNode }) {
  const theme = useTheme();
  if (height < 1 || width < 1) return null;
  const { ellipsis, horizontal } = theme.glyphs;
  const name = shortened(title, width, ellipsis);
  const room = width - widthOf(name);
  const said = note === '' || room < widthOf(note) + 4 ? '' : ` ${note}`;
  const rule = room < 2 ? '' : ` ${horizontal.repeat(room - 1 - widthOf(said))}`;
  return (
    <Box flexDirection="column" width={width} height={height} flexShrink={0}>
      <Text wrap="truncate">
        {(isChosen ? theme.accent(name) : theme.bold(name)) + theme.dim(rule + said)}
      </Text>
      {children}
    </Box>
  );
}

/** A pane of lines. */
export function LinesPane({ lines, ...pane }: PaneProps & { readonly lines: readonly string[] }) {
  return (
    <Pane {...pane}>
      <Lines lines={lines} width={pane.width} height={pane.height - 1} />
    </Pane>
  );
}
