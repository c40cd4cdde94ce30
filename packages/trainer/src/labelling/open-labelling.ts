/**
 * A labelling session with its files: what is to be labelled and in which order, what was decided before, what every key
 * changes, and what comes out.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, rename } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { createLabelEncoder, encoderOf, OtzyvError } from '@otzyv/core';
import { fingerprintFile } from '../data/fingerprint.ts';
import { encodeLabel } from '../data/read.ts';
import { syncFolder } from '../durability.ts';
import { temporaryName } from '../files.ts';
import type { Classifier } from '../inference/classifier.ts';
import { withLockBeside } from '../training/run-lock.ts';
import { type AuditFinding, findingItems, readFindings, writeDecisions } from './audit-findings.ts';
import { type Journal, type JournalBegin, journalPath, openJournal } from './journal.ts';
import type { StudioNames } from './label-studio.ts';
import { writeLabelled } from './labelled-output.ts';
import { type FileRow, type LabellingColumns, readLabellingFile } from './labelling-file.ts';
import { leastCertainFirst } from './order.ts';
import { secondLabels } from './second-person.ts';
import {
  apply,
  beginSession,
  type Decision,
  type LabellingAction,
  type LabellingItem,
  type LabellingSession,
  type Suggestion,
} from './session.ts';
import { modelOpinions } from './suggest.ts';

export interface LabellingOptions extends LabellingColumns {
  /** What is labelled: a table, or Label Studio's tasks. */
  readonly file: string;
  /** What comes out; the same file only with `overwrite`. */
  readonly output: string;
  /** Replace an output that is there, and that no session of ours has made. */
  readonly overwrite?: boolean;
  /** Default: the model's, or else all that the files have. */
  readonly classes?: readonly string[] | undefined;
  /** Suggests labels, and says which of them are least certain. */
  readonly model?: { readonly name: string; readonly classifier: Classifier } | undefined;
  /** An audit's file: what it found comes first, and nothing else. */
  readonly audit?: { readonly file: string; readonly decisions: string } | undefined;
  /** A file with a second person's labels. */
  readonly second?: string | undefined;
  /** Also reviews that have a label, where some have none. */
  readonly all?: boolean;
  /** As many reviews at most. */
  readonly limit?: number | undefined;
  /** Of Label Studio's labelling interface. */
  readonly studioNames?: StudioNames | undefined;
  /** Told of the reviews that the model has answered. */
  readonly onPredicted?: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

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
  const input = await inputOf(options, isNew);
  const { sha256 } = await fingerprintFile(input);
  const rows = await readLabellingFile(input, options);
  const findings = options.audit === undefined ? undefined : await readFindings(options.audit.file);
  const second = await secondOf(options, rows);
  const classes = classesOf(options, rows, findings, second);
  const itemsOf = (begin: JournalBegin) => withTexts(begin, rows, second);
  const source = sourceOf(options, classes, findings);

  let session: LabellingSession | undefined;
  let [latestSource, overwritten] = ['', ''];
  for (const entry of journal.entries) {
    if (entry.type === 'overwritten') overwritten = entry.sha256;
    else if (entry.type === 'begin') {
      if (entry.sha256 !== sha256) throw changed(options);
      session = beginSession(itemsOf(entry), entry.classes, decisionsOf(session));
      latestSource = entry.source;
    } else if (session !== undefined) session = apply(session, entry);
  }
  if (isInPlace(options) && overwritten !== '') await refuseChanged(options, [sha256, overwritten]);
  if (session === undefined || latestSource !== source) {
    const decided = decisionsOf(session);
    const items = await orderedItems(options, rows, findings, decided);
    const begin = beginOf(items, { sha256, source, classes });
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
    write: () => write(options, input, current, findings, rows, journal),
  };
}

function isInPlace({ file, output }: LabellingOptions): boolean {
  return resolve(file) === resolve(output);
}

/** Where a file that is overwritten with its labels is kept as it was. */
export function keptOriginal(file: string): string {
  const ending = extname(file);
  return join(dirname(file), `${basename(file, ending)}.before-labelling${ending}`);
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
  if (isInPlace(options) && existsSync(keptOriginal(file))) {
    throw new OtzyvError(
      'data.exists',
      `${keptOriginal(file)} is there already, where ${file} is to be kept as it was`,
      'Move it away, or choose another --output.',
    );
  }
}

/** @returns the file to read: one that is overwritten is kept, and read, as it was */
async function inputOf(options: LabellingOptions, isNew: boolean): Promise<string> {
  const { file } = options;
  if (!isInPlace(options)) return file;
  const kept = keptOriginal(file);
  if (isNew) {
    await fingerprintFile(file); // says what is wrong with it
    await copyFile(file, temporaryName(kept));
    await rename(temporaryName(kept), kept);
  }
  return kept;
}

async function refuseChanged(options: LabellingOptions, known: readonly string[]): Promise<void> {
  const { sha256 } = await fingerprintFile(options.file);
  if (!known.includes(sha256)) throw changed(options);
}

function changed({ file, output }: LabellingOptions): OtzyvError {
  return new OtzyvError(
    'data.other-file',
    `${file} is not what it was when its labelling was begun`,
    `Restore it, or label it into another --output; what was labelled so far is in ${journalPath(output)}.`,
  );
}

async function secondOf(
  { second, file, ...columns }: LabellingOptions,
  rows: readonly FileRow[],
): Promise<ReadonlyMap<number, string>> {
  if (second === undefined) return new Map();
  return secondLabels(rows, await readLabellingFile(second, columns), file, second);
}

/** @throws OtzyvError `labels.unknown`, `data.no-labels` where there is nothing to choose from */
function classesOf(
  { classes, model, file, second = file, audit }: LabellingOptions,
  rows: readonly FileRow[],
  findings: readonly AuditFinding[] | undefined,
  secondLabelled: ReadonlyMap<number, string>,
): readonly string[] {
  const modelClasses = model?.classifier.labels;
  const used = [
    ...rows.flatMap(({ row, label, suggestions }) => [
      { file, row, label },
      ...suggestions.map((suggestion) => ({ file, row, label: suggestion.label })),
    ]),
    ...[...secondLabelled].map(([row, label]) => ({ file: second, row, label })),
    ...(findings ?? []).flatMap(({ row, suggestedLabel, decided }) => [
      { file: audit?.file ?? file, row, label: suggestedLabel },
      { file: audit?.file ?? file, row, label: decided?.kind === 'label' ? decided.label : undefined },
    ]),
  ].flatMap(({ label, ...place }) => (label === undefined ? [] : [{ label, ...place }]));
  const known = classes ?? modelClasses;
  if (known === undefined) {
    const all = createLabelEncoder(used.map(({ label }) => label)).classes;
    if (all.length > 0) return all;
    throw new OtzyvError(
      'data.no-labels',
      `${file} has no labels yet, and nothing else says which classes there are`,
      'Name them with --classes "обувь,одежда,посуда", or a trained model with --model.',
    );
  }
  const encoder = encoderOf(known);
  for (const label of modelClasses ?? []) encoder.encode(label);
  for (const { file: where, ...review } of used) encodeLabel(encoder, review, where);
  return known;
}

/** @returns what the order and the suggestions hang on, in short */
function sourceOf(
  { model, labelColumn, textColumn, all = false, limit }: LabellingOptions,
  classes: readonly string[],
  findings: readonly AuditFinding[] | undefined,
): string {
  const asked = findings?.map(({ decided: _, ...finding }) => finding);
  const parts = { labelColumn, textColumn, all, limit, classes, model: model?.name, findings: asked };
  return createHash('sha256')
    .update(JSON.stringify({ ...parts, card: model?.classifier.card }))
    .digest('hex');
}

/** What is to be looked at, the first one first; what was decided before stays among it. */
async function orderedItems(
  options: LabellingOptions,
  rows: readonly FileRow[],
  findings: readonly AuditFinding[] | undefined,
  decided: ReadonlyMap<number, Decision>,
): Promise<LabellingItem[]> {
  const { limit = Number.POSITIVE_INFINITY, audit, file } = options;
  const items =
    findings === undefined || audit === undefined
      ? leastCertainFirst(await suggestedItems(options, rows))
      : await findingItems(audit.file, findings, rows, file);
  const shown = items.slice(0, limit);
  const places = new Set(shown.map(({ row }) => row));
  const others = rows.filter(({ row }) => decided.has(row) && !places.has(row)).map((row) => plainItem(row));
  return [...shown, ...others];
}

async function suggestedItems(
  { model, all = false, signal, onPredicted }: LabellingOptions,
  rows: readonly FileRow[],
): Promise<LabellingItem[]> {
  const unlabelled = rows.filter(({ label }) => label === undefined);
  const asked = all || unlabelled.length === 0 ? rows : unlabelled;
  if (model === undefined) return asked.map((row) => plainItem(row));
  const opinions = await modelOpinions(model.classifier, asked, {
    signal,
    onProgress: (done) => onPredicted?.(done, asked.length),
  });
  return asked.map((row, index) => ({ ...plainItem(row), ...opinions[index] }));
}

function plainItem({ row, text, label, suggestions }: FileRow): LabellingItem {
  return { row, text, label, labelProbability: undefined, suggestions, note: '', second: undefined };
}

function beginOf(
  items: readonly LabellingItem[],
  rest: Pick<JournalBegin, 'sha256' | 'source' | 'classes'>,
): JournalBegin {
  return {
    ...{ type: 'begin', version: 1 },
    ...rest,
    items: items.map(({ row, note, labelProbability, suggestions }) => ({
      ...{ row, note, labelProbability: rounded(labelProbability) },
      suggestions: suggestions.map(({ label, probability }) => ({
        label,
        probability: rounded(probability),
      })),
    })),
  };
}

function rounded(probability: number | undefined): number | null {
  return probability === undefined ? null : Number(probability.toFixed(6));
}

function withTexts(
  { items }: JournalBegin,
  rows: readonly FileRow[],
  second: ReadonlyMap<number, string>,
): LabellingItem[] {
  const known = new Map(rows.map((one) => [one.row, one]));
  return items.flatMap(({ row, note, labelProbability, suggestions }) => {
    const review = known.get(row);
    if (review === undefined) return [];
    return {
      ...{ row, note, text: review.text, label: review.label, second: second.get(row) },
      labelProbability: labelProbability ?? undefined,
      suggestions: suggestions.map(({ label, probability }) => ({
        label,
        probability: probability ?? undefined,
      })),
    };
  });
}

function decisionsOf(session: LabellingSession | undefined): Map<number, Decision> {
  const entries = (session?.items ?? []).map(({ row }, index) => [row, session?.decisions[index]] as const);
  return new Map(entries.flatMap(([row, decision]) => (decision === undefined ? [] : [[row, decision]])));
}

async function write(
  options: LabellingOptions,
  input: string,
  session: LabellingSession,
  findings: readonly AuditFinding[] | undefined,
  rows: readonly FileRow[],
  journal: Journal,
): Promise<LabellingSummary> {
  const { file, output, audit, model } = options;
  const decisions = decisionsOf(session);
  // what the audit, or whoever worked through its table, is sure of holds where nobody has said otherwise
  for (const { row, decided } of findings ?? []) {
    const kind = decisions.get(row)?.verdict.kind;
    if (decided !== undefined && (kind === undefined || kind === 'skip'))
      decisions.set(row, { verdict: decided, time: Date.now() });
  }
  const unfinished = isInPlace(options) ? temporaryTable(output) : output;
  const labelledRows = await writeLabelled({
    ...{ input, output: unfinished, decisions, keepUnlabelled: isInPlace(options) },
    ...{ textColumn: options.textColumn, labelColumn: options.labelColumn },
    skipBadRows: options.skipBadRows === true,
    predictions: model && { model: model.name, byRow: bestSuggestions(session) },
    names: options.studioNames,
  });
  if (isInPlace(options)) {
    const { sha256 } = await fingerprintFile(unfinished);
    journal.append({ type: 'overwritten', sha256 });
    await rename(unfinished, file);
    await syncFolder(dirname(file));
  }
  if (audit !== undefined) {
    const verdicts = new Map([...decisions].map(([row, { verdict }]) => [row, verdict]));
    const labels = new Map(rows.map(({ row, label }) => [row, label]));
    await writeDecisions(audit.file, audit.decisions, verdicts, labels);
  }
  return { output, labelledRows, decisions: audit?.decisions };
}

/** Its ending still tells the format. */
function temporaryTable(path: string): string {
  return join(dirname(path), `.labelled-${basename(path)}`);
}

function bestSuggestions({ items }: LabellingSession): Map<number, Suggestion> {
  return new Map(items.flatMap(({ row, suggestions: [best] }) => (best === undefined ? [] : [[row, best]])));
}
