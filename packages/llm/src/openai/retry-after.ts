/** How long a server asks to be left alone: in seconds, as a date, or in OpenAI's header of milliseconds. */
export function retryAfterMs(headers: Headers, now: () => number = Date.now): number | undefined {
  const exact = Number.parseFloat(headers.get('retry-after-ms') ?? '');
  if (exact >= 0) return exact;
  const told = headers.get('retry-after');
  if (told === null) return undefined;
  const milliseconds = /^[\d.]+$/.test(told.trim()) ? Number(told) * 1000 : Date.parse(told) - now();
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}
