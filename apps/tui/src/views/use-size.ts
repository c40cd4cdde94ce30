/** How large the terminal is, now. */
import { useStdout } from 'ink';
import { useEffect, useState } from 'react';
import type { Size } from './lines.tsx';

export function useSize(): Size {
  const { stdout } = useStdout();
  const [size, setSize] = useState(() => sizeOf(stdout));
  useEffect(() => {
    const resized = () => setSize(sizeOf(stdout));
    stdout.on('resize', resized);
    return () => {
      stdout.off('resize', resized);
    };
  }, [stdout]);
  return size;
}

function sizeOf({ columns, rows }: { columns?: number; rows?: number }): Size {
  return { width: columns || 80, height: rows || 24 };
}
