/** How many batches there are, and how much of them is left to do. */
import { Gauge, type Registry } from 'prom-client';
import { BATCH_STATUSES, type BatchRecord, isFinished } from './batch-record.ts';

/** @param records all that are kept, as they stand */
export function addBatchMetrics(registry: Registry, records: () => readonly BatchRecord[]): void {
  const registers = [registry];
  new Gauge({
    ...{ name: 'otzyv_batches', help: 'Batches that are kept, by status', labelNames: ['status'], registers },
    collect() {
      const all = records();
      for (const status of BATCH_STATUSES)
        this.set({ status }, all.filter((record) => record.status === status).length);
    },
  });
  new Gauge({
    ...{
      name: 'otzyv_batch_rows_waiting',
      help: 'Rows of unfinished batches that have no label yet',
      registers,
    },
    collect() {
      const left = records()
        .filter((record) => !isFinished(record))
        .map(({ rows, progress }) => rows - (progress?.tally.rows ?? 0));
      this.set(left.reduce((sum, n) => sum + n, 0));
    },
  });
}
