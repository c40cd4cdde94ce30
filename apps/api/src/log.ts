/**
 * The log: JSON lines on stdout, gathered and written ten times a second, so that no request waits for whoever reads them. What a
 * process has said is out when it ends or breaks; only a signal that ends it at once takes the last moment with it.
 */
import { type Logger, pino } from 'pino';

/** Whoever says what others wait for flushes it: `log.flush()`. */
export function openLog(level: string): Logger {
  const destination = pino.destination({ sync: false, minLength: 8192, periodicFlush: 100 });
  process.once('uncaughtExceptionMonitor', () => destination.flushSync());
  return pino(
    {
      ...{ level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
      serializers: { error: pino.stdSerializers.err }, // with its stack, and what caused it
    },
    destination,
  );
}
