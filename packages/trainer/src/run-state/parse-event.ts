/** A line of `events.jsonl`. */
import { EVENT_SCHEMA_VERSION, type LoggedEvent } from '../training/events.ts';

/** @returns undefined for half a line, which a killed process left, and for what another version of Otzyv told */
export function parseEvent(line: string): LoggedEvent | undefined {
  try {
    const event = JSON.parse(line) as LoggedEvent | null;
    const isOurs = event?.v === EVENT_SCHEMA_VERSION && typeof event.type === 'string';
    return isOurs ? event : undefined;
  } catch {
    return undefined;
  }
}
