/** Passes a call on when half a second has gone by since the one before: a log is not to be flooded. */
export function throttled<T>(call: (value: T) => void): (value: T) => void {
  let last = performance.now();
  return (value) => {
    if (performance.now() - last < 500) return;
    last = performance.now();
    call(value);
  };
}
