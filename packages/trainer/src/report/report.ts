/**
 * `report.html`: one page that opens without a network. Made from what the run wrote, so it can be made again
 * at any time.
 */
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { writeFileAtomically } from '../files.ts';
import { readEnsembleFile } from '../inference/ensemble-file.ts';
import { exists } from '../model/model-folder.ts';
import { isPretraining } from '../pretraining/pretraining-folder.ts';
import { bestRunOf, isSelfTraining } from '../self-training/self-training-folder.ts';
import { isCrossValidation } from '../training/cross-validation-folder.ts';
import { readRunFile } from '../training/run-folder.ts';
import { crossValidationPage } from './crossval-page.ts';
import { ensemblePage } from './ensemble-page.ts';
import { type Page, page } from './page.ts';
import { runPage } from './run-page.ts';

/**
 * Writes the report of a run, a cross-validation or an ensemble that was measured; of a self-training, that of its best run.
 * @param output where to (default: `report.html` in the folder)
 * @returns the path written
 * @throws OtzyvError `run.not-a-run`, `run.not-finished`, `run.not-measured`, `run.broken-file`
 */
export async function writeReport(folder: string, output = join(folder, 'report.html')): Promise<string> {
  await writeFileAtomically(output, page(await pageOf(folder)));
  return output;
}

async function pageOf(folder: string): Promise<Page> {
  const lacks = async (name: string) => !(await exists(join(folder, name)));
  if (await isCrossValidation(folder)) {
    if (await lacks('cv_results.json')) throw notFinished(folder, `otzyv crossval --resume ${folder}`);
    return crossValidationPage(folder);
  }
  if (await isSelfTraining(folder)) {
    const best = await bestRunOf(folder);
    if (best === undefined) throw notFinished(folder, `otzyv pseudo-label --resume ${folder}`);
    return pageOf(best);
  }
  const ensemble = await readEnsembleFile(folder);
  if (ensemble !== undefined) {
    if (await lacks('eval_results.json')) throw notMeasured(folder);
    return ensemblePage(folder, ensemble);
  }
  if (await isPretraining(folder)) throw nothingToReport(folder);
  await readRunFile(folder);
  if (await lacks('eval_results.json')) throw notFinished(folder, `otzyv train --resume ${folder}`);
  return runPage(folder);
}

function notFinished(folder: string, command: string): OtzyvError {
  return new OtzyvError(
    'run.not-finished',
    `${folder} was not measured yet: there is nothing to report`,
    `Let it come to its end: ${command}.`,
  );
}

function nothingToReport(folder: string): OtzyvError {
  return new OtzyvError(
    'run.not-measured',
    `${folder} holds a pre-training, which answers nothing yet: there is no classification to report on`,
    `Its loss and perplexity are in eval_results.json. Fine-tune it: otzyv train --model ${folder} ….`,
  );
}

function notMeasured(folder: string): OtzyvError {
  return new OtzyvError(
    'run.not-measured',
    `the ensemble in ${folder} was never measured: its weights were given`,
    'Make it anew with texts to measure it on: otzyv ensemble … --validation-file FILE.',
  );
}
