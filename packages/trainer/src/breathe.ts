/** onnxruntime and our own loops block the event loop: signals and timers get their turn here. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
