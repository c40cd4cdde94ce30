/** What is told of a training: in a line of the list, and in whole. */
import { z } from '@hono/zod-openapi';
import type { StartedOptions } from '@otzyv/trainer';

const evaluationSchema = z
  .object({ step: z.int(), epoch: z.number(), metrics: z.record(z.string(), z.number()).readonly() })
  .readonly();

const classScoreSchema = z
  .object({
    label: z.string(),
    precision: z.number(),
    recall: z.number(),
    f1: z.number(),
    support: z.int(),
  })
  .readonly();

const detailedEvaluationSchema = z
  .object({
    ...evaluationSchema.unwrap().shape,
    perClass: z
      .array(classScoreSchema)
      .readonly()
      .nullable()
      .openapi({ description: 'of the last evaluation and of the best; of the 64 largest classes at most' }),
  })
  .readonly();

export const runSchema = z
  .object({
    id: z.string().openapi({ example: 'tune:trials:001', description: 'its place in the folder' }),
    object: z.literal('run'),
    status: z.enum(['running', 'finished', 'interrupted', 'failed', 'killed']).openapi({
      description:
        'killed: its process is gone without a word; it can be gone on with, as an interrupted one',
    }),
    phase: z.enum([
      'reading',
      'preparing',
      'learning-features',
      'training',
      'evaluating',
      'refitting',
      'ended',
    ]),
    model: z.string().nullable().openapi({ example: 'micro' }),
    epoch: z.number(),
    epochs: z.number().nullable(),
    step: z.int(),
    total_steps: z.int().nullable().openapi({ description: 'null for a linear model' }),
    progress: z.number().min(0).max(1).nullable().openapi({ description: 'the share of its steps' }),
    time_left_ms: z.number().nullable(),
    is_paused: z.boolean(),
    stop_requested: z
      .enum(['epoch', 'now'])
      .nullable()
      .openapi({ description: 'whether it was asked to end: after the epoch it is in, or at once' }),
    metric: z
      .string()
      .nullable()
      .openapi({ example: 'f1_weighted', description: 'what its best is chosen by' }),
    best: evaluationSchema.nullable(),
    started_at: z.string().nullable(),
    updated_at: z.string().nullable().openapi({ description: 'when it last told of anything' }),
    elapsed_ms: z.number(),
  })
  .openapi('Run');

const smoothedSchema = z.object({ sum: z.number(), weight: z.number() }).readonly();

/** Named as the events are that it is made of. */
const stateSchema = z
  .object({
    options: z.custom<StartedOptions>().nullable().openapi({ type: 'object', description: 'as in run.json' }),
    startedAt: z.string().nullable(),
    updatedAt: z.string().nullable(),
    elapsedMs: z.number(),
    resumptions: z.int(),
    phase: runSchema.shape.phase,
    isPaused: z.boolean(),
    stopRequested: runSchema.shape.stop_requested,
    partDone: z.object({ done: z.number(), total: z.number() }).readonly().nullable(),
    data: z
      .object({
        file: z.string(),
        rows: z.int(),
        classes: z.array(z.object({ label: z.string(), count: z.int() }).readonly()).readonly(),
        train: z.int().nullable(),
        validation: z.int().nullable(),
      })
      .readonly()
      .nullable(),
    model: z
      .object({
        parameters: z.number(),
        trainedParameters: z.number(),
        vocabulary: z.number(),
        truncatedShare: z.number(),
      })
      .readonly()
      .nullable(),
    engine: z.object({ name: z.string(), device: z.string(), reason: z.string() }).readonly().nullable(),
    step: z.int(),
    totalSteps: z.int().nullable(),
    epoch: z.number(),
    latest: z
      .object({ loss: z.number(), learningRate: z.number().nullable(), gradientNorm: z.number() })
      .readonly()
      .nullable(),
    curve: z
      .object({
        stride: z.int().openapi({ description: 'steps that share a point' }),
        points: z
          .array(
            z
              .object({
                step: z.int(),
                steps: z.int(),
                loss: z.number(),
                lowest: z.number(),
                highest: z.number(),
                smoothedLoss: z.number(),
                learningRate: z.number().nullable(),
                gradientNorm: z.number(),
              })
              .readonly(),
          )
          .readonly(),
      })
      .readonly()
      .openapi({ description: 'the loss; of a linear model, its objective' }),
    smoothedLoss: smoothedSchema,
    pace: smoothedSchema,
    examplesPerStep: smoothedSchema,
    tokensPerStep: smoothedSchema,
    resources: z
      .object({
        cpuPercent: z.number().openapi({ description: 'of one core' }),
        memoryBytes: z.number(),
        gpus: z
          .array(
            z
              .object({
                name: z.string(),
                utilisationPercent: z.number(),
                memoryBytes: z.number(),
                memoryTotalBytes: z.number(),
              })
              .readonly(),
          )
          .readonly(),
      })
      .readonly()
      .nullable()
      .openapi({ description: 'what it takes of its machine while it trains' }),
    evaluationMs: z.number().nullable(),
    evaluations: z.array(detailedEvaluationSchema).readonly(),
    best: detailedEvaluationSchema.nullable(),
    confusion: z
      .object({
        labels: z.array(z.string()).readonly(),
        matrix: z
          .array(z.array(z.int()).readonly())
          .readonly()
          .openapi({ description: 'counts by truth, then answer' }),
      })
      .readonly()
      .nullable()
      .openapi({ description: 'of the last evaluation' }),
    hardest: z
      .array(
        z
          .object({ text: z.string(), truth: z.string(), predicted: z.string(), confidence: z.number() })
          .readonly(),
      )
      .readonly()
      .openapi({ description: 'of the last evaluation: where the truth was least expected' }),
    checkpoint: z.object({ step: z.int(), time: z.string() }).readonly().nullable(),
    end: z
      .union([
        z.object({
          status: z.enum(['completed', 'early-stopped', 'out-of-time', 'stopped']),
          metric: z.string(),
          value: z.number(),
          bestStep: z.int(),
        }),
        z.object({ status: z.literal('interrupted') }),
        z.object({ status: z.literal('failed'), code: z.string(), message: z.string() }),
      ])
      .nullable(),
    log: z
      .array(
        z
          .object({ time: z.string(), level: z.enum(['info', 'warning', 'error']), text: z.string() })
          .readonly(),
      )
      .readonly(),
  })
  .openapi('RunState', {
    description: 'fold later events into it with reduceRun of @otzyv/trainer/run-state',
  });

export const detailsSchema = runSchema
  .extend({
    running_since: z
      .string()
      .nullable()
      .openapi({ description: 'when the process took it up that is at work on it' }),
    last_event_id: z
      .string()
      .nullable()
      .openapi({ description: 'of the last event in the state: events go on after it' }),
    state: stateSchema,
  })
  .openapi('RunDetails');
