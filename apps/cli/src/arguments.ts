/**
 * The one place where spellings meet: the names of transformers' TrainingArguments and ours, in kebab-case or
 * snake_case, all become the names that the commands declare.
 */
const ALIASES: Readonly<Record<string, string>> = {
  'model-name-or-path': 'model',
  'model-revision': 'revision',
  'train-file': 'train',
  'train-files': 'train',
  'validation-file': 'validation',
  'test-file': 'test',
  'exclude-files': 'exclude-file',
  'text-column-name': 'text-column',
  'text-column-names': 'text-column',
  'label-column-name': 'label-column',
  'max-seq-length': 'max-length',
  'slice-columns': 'slice-column',
  'learning-rate': 'lr',
  'num-train-epochs': 'epochs',
  'per-device-train-batch-size': 'batch-size',
  'lr-scheduler-type': 'schedule',
  'label-smoothing-factor': 'label-smoothing',
  'warmup-ratio': 'warmup-steps',
  'metric-for-best-model': 'metric',
  'resume-from-checkpoint': 'resume',
  'output-dir': 'output',
  'overwrite-output-dir': 'overwrite',
};

/** @param name of an option, in any of its spellings, without dashes before it */
export function canonicalOption(name: string): string {
  const kebab = name.replace(/_/g, '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return ALIASES[kebab] ?? kebab;
}

export function normalizeArguments(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.map((argument, index) => {
    const match = /^--([A-Za-z][\w-]*)(=.*)?$/s.exec(argument);
    if (match === null || (end !== -1 && index > end)) return argument;
    return `--${canonicalOption(match[1] as string)}${match[2] ?? ''}`;
  });
}
