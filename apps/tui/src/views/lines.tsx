/** Lines that were made for the room there is. */
import { Box, Text } from 'ink';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Those beyond the height are left out: a view never pushes another off the screen. */
export function Lines({ lines, width, height }: Size & { readonly lines: readonly string[] }) {
  const shown = lines.slice(0, Math.max(0, height));
  return (
    <Box flexDirection="column" width={width} height={Math.max(0, height)} flexShrink={0}>
      {shown.map((line, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is where it is
        <Text key={row} wrap="truncate">
          {line || ' '}
        </Text>
      ))}
    </Box>
  );
}
