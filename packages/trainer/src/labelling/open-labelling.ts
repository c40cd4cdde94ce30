/**
 * A labelling session with its files: what is to be labelled and in which order, what was decided before, what every key
 * changes, and what comes out.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { encoderOf, OtzyvError } from '@otzyv/core';
import { fingerprintFile } from '../data/fingerprint.ts';
import { encodeLabel } from '../data/read.ts';
import { withLockBeside } from '../training/run-lock.ts';
import { type AuditFinding, readFindings, writeDecisions } from './audit-findings.ts';
import { beginOf, orderedItems, sourceOf, withTexts } from './beginning.ts';
import {
  changed,
  isInPlace,
  keepOriginal,
  keptOriginal,
  overwrite,
  refuseChanged,
  unfinishedTable,
} from './in-place.ts';
import {
  type Journal,
  type JournalBegin,
  journalPath,
  openJournal,
  overwrittenBy,
  stretchesOf,
} from './journal.ts';
import { knownClasses } from './known-classes.ts';
import { writeLabelled } from './labelled-output.ts';
import { type FileRow, readLabellingFile } from './labelling-file.ts';
import type { LabellingOptions } from './labelling-options.ts';
import { secondLabels } from './second-person.ts';
import {
  apply,
  applyAll,
  beginSession,
  type Decision,
  type LabellingAction,
  type LabellingSession,
  type Suggestion,
} from './session.ts';

/** A session that is open. */
export interface Labelling {
  readonly session: LabellingSession;
  /** whether it goes on from an earlier time */
  readonly isResumed: boolean;
  /** Saves what a person did, then does it. @throws OtzyvError `system.*`; it is not done then */
  act(action: LabellingAction): LabellingSession;
  /** Makes the output of all that was labelled up to now. */
  write(): Promise<LabellingSummary>;
}

export interface LabellingSummary {
  readonly output: string;
  /** Of the output: all that have a label, whoever gave it. */
  readonly labelledRows: number;
  /** The audit's file with the decisions, where there is one. */
  readonly decisions: string | undefined;
}

/**
 * Opens a session, or goes on with it, for as long as the work takes. One process at a time.
 * @throws OtzyvError `data.*`, `labels.unknown`, `options.*`, `run.locked`, `system.*`; the signal's reason when aborted
 */
export async function withLabelling<T>(
  options: LabellingOptions,
  work: (labelling: Labelling) => Promise<T>,
): Promise<T> {
  return withLockBeside(options.output, async () => {
    const journal = await openJournal(journalPath(options.output));
    try {
      return await work(await openLabelling(options, journal));
    } finally {
      journal.close();
    }
  });
}

async function openLabelling(options: LabellingOptions, journal: Journal): Promise<Labelling> {
  const isNew = journal.entries.length === 0;
  if (isNew) refuseExisting(options);
  // from then on it is read as it was
  const input = isInPlace(options) && !isNew ? keptOriginal(options.file) : options.file;
  const { sha256 } = await fingerprintFile(input);
  const rows = await readLabellingFile(input, options);
  const findings = options.audit === undefined ? undefined : await readFindings(options.audit.file);
  const second = await secondOf(options, rows);
  const classes = knownClasses(options, rows, findings, second);
  const itemsOf = (begin: JournalBegin) => withTexts(begin, rows, second);
  const source = sourceOf(options, classes, findings);

  let session: LabellingSession | undefined;
  let latestSource = '';
  for (const { begin, actions } of stretchesOf(journal.entries)) {
    if (begin.sha256 !== sha256) throw changed(options);
    session = applyAll(beginSession(itemsOf(begin), begin.classes, decisionsOf(session)), actions);
    latestSource = begin.source;
  }
  const ours = new Set([sha256, ...overwrittenBy(journal.entries)]);
  if (isInPlace(options)) await refuseChanged(options, ours);
  if (session === undefined || latestSource !== source) {
    const decided = decisionsOf(session);
    refuseOtherClasses(decided, classes, options);
    const items = await orderedItems(options, rows, findings, decided);
    const begin = beginOf(items, { sha256, source, classes });
    if (isInPlace(options) && isNew) await keepOriginal(options.file);
    journal.append(begin);
    session = beginSession(itemsOf(begin), classes, decided);
  }

  let current = session;
  return {
    get session() {
      return current;
    },
    isResumed: !isNew,
    act: (action) => {
      journal.append(action);
      current = apply(current, action);
      return current;
    },
    write: () => write({ options, session: current, findings, rows, journal }),
  };
}

function refuseExisting(options: LabellingOptions): void {
  const { file, output, overwrite = false, audit } = options;
  const made = [output, ...(audit === undefined ? [] : [audit.decisions])];
  const there = made.find((path) => existsSync(path));
  if (there !== undefined && !overwrite) {
    const isInput = [file, audit?.file].some(
      (path) => path !== undefined && resolve(path) === resolve(there),
    );
    throw new OtzyvError(
      'data.exists',
      isInput ? `${there} is what is to be labelled, and would be overwritten` : `${there} is there already`,
      'Choose another --output, or say --overwrite.',
    );
  }
}

async function secondOf(
  { second, file, ...columns }: LabellingOptions,
  rows: readonly FileRow[],
): Promise<ReadonlyMap<number, string>> {
  if (second === undefined) return new Map();
  return secondLabels(rows, await readLabellingFile(second, columns), file, second);
}

/** What was labelled before keeps its meaning. @throws OtzyvError `labels.unknown` */
function refuseOtherClasses(
  decided: ReadonlyMap<number, Decision>,
  classes: readonly string[],
  { output }: LabellingOptions,
): void {
  const encoder = encoderOf(classes);
  for (const [row, { verdict }] of decided) {
    if (verdict.kind === 'label') encodeLabel(encoder, { label: verdict.label, row }, journalPath(output));
  }
}

interface Written {
  readonly options: LabellingOptions;
  readonly session: LabellingSession;
  readonly findings: readonly AuditFinding[] | undefined;
  readonly rows: readonly FileRow[];
  readonly journal: Journal;
}

async function write({ options, session, findings, rows, journal }: Written): Promise<LabellingSummary> {
  const { file, output, audit, model, textColumn, labelColumn, skipBadRows = false } = options;
  const decisions = decisionsOf(session);
  // what the audit, or whoever worked through its table, is sure of holds where nobody has said otherwise
  for (const { row, decided } of findings ?? []) {
    const kind = decisions.get(row)?.verdict.kind;
    if (decided !== undefined && (kind === undefined || kind === 'skip'))
      decisions.set(row, { verdict: decided, time: Date.now() });
  }
  const inPlace = isInPlace(options);
  const labelledRows = await writeLabelled({
    ...{ decisions, textColumn, labelColumn, skipBadRows, keepUnlabelled: inPlace },
    input: inPlace ? keptOriginal(file) : file,
    output: inPlace ? unfinishedTable(output) : output,
    predictions: model && { model: model.name, byRow: bestSuggestions(session) },
    names: options.studioNames ?? {},
  });
  if (inPlace) await overwrite(file, journal);
  if (audit !== undefined) {
    const verdicts = new Map([...decisions].map(([row, { verdict }]) => [row, verdict]));
    const labels = new Map(rows.map(({ row, label }) => [row, label]));
    await writeDecisions(audit.file, audit.decisions, verdicts, labels);
  }
  return { output, labelledRows, decisions: audit?.decisions };
}

function decisionsOf(session: LabellingSession | undefined): Map<number, Decision> {
  const entries = (session?.items ?? []).map(({ row }, index) => [row, session?.decisions[index]] as const);
  return new Map(entries.flatMap(([row, decision]) => (decision === undefined ? [] : [[row, decision]])));
}

function bestSuggestions({ items }: LabellingSession): Map<number, Suggestion> {
  return new Map(items.flatMap(({ row, suggestions: [best] }) => (best === undefined ? [] : [[row, best]])));
}
