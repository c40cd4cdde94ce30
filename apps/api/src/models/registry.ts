/**
 * The models by their names. A model whose folder changes is loaded beside the old one and takes its place when it is
 * ready; the old one answers what it has accepted. A folder that cannot be loaded changes nothing.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { type ModelService, type ModelSpec, openModel } from './model-service.ts';

export interface ModelRegistry {
  /** @param name absent: the default @throws OtzyvError `model.unknown` */
  get(name?: string): ModelService;
  /** The default comes first. */
  list(): readonly ModelService[];
  /** Loads again those whose folder has changed since. */
  refresh(): Promise<void>;
  /** Answers what was accepted by any. */
  close(): Promise<void>;
}

export interface RegistryEvents {
  onReload(name: string): void;
  onReloadFailed(name: string, error: unknown): void;
}

/** @param specs the first is the default */
export async function openRegistry(
  specs: readonly ModelSpec[],
  { onReload, onReloadFailed }: RegistryEvents,
): Promise<ModelRegistry> {
  const services = new Map<string, { service: ModelService; version: string }>();
  const closing = new Set<Promise<void>>();
  const put = async (spec: ModelSpec) => {
    const version = await versionOf(spec.folder);
    services.set(spec.name, { service: await openModel(spec, version), version });
  };
  for (const spec of specs) await put(spec);

  const retire = (service: ModelService) => {
    const done = service.close().finally(() => closing.delete(done));
    closing.add(done);
  };

  const refreshOne = async (spec: ModelSpec) => {
    const present = services.get(spec.name);
    const version = await versionOf(spec.folder);
    // a folder that is just being replaced has none for a moment
    if (present === undefined || version === NONE || version === present.version) return;
    try {
      await put(spec);
      retire(present.service);
      onReload(spec.name);
    } catch (error) {
      services.set(spec.name, { ...present, version }); // not to be tried again until it changes again
      onReloadFailed(spec.name, error);
    }
  };

  // loading can take longer than the time between two looks
  let refreshing: Promise<void> | undefined;
  const refreshAll = async () => {
    for (const spec of specs) await refreshOne(spec);
  };

  return {
    get: (name = specs[0]?.name ?? '') => {
      const found = services.get(name);
      if (found !== undefined) return found.service;
      throw new OtzyvError(
        'model.unknown',
        `there is no model "${name}"`,
        `Choose from ${[...services.keys()].join(', ')}.`,
      );
    },
    list: () => [...services.values()].map(({ service }) => service),
    refresh: () => {
      refreshing ??= refreshAll().finally(() => {
        refreshing = undefined;
      });
      return refreshing;
    },
    close: async () => {
      await refreshing;
      await Promise.all([...services.values()].map(({ service }) => service.close()));
      await Promise.all(closing);
    },
  };
}

const NONE = 'none';

/** Of a model's folder, or of the best of a run: it is replaced as a whole. */
async function versionOf(folder: string): Promise<string> {
  for (const place of [folder, join(folder, 'best')]) {
    for (const file of ['otzyv.json', 'config.json']) {
      const found = await stat(join(place, file), { bigint: true }).catch(() => undefined);
      if (found !== undefined) return `${found.ino} ${found.mtimeNs} ${found.size}`;
    }
  }
  return NONE;
}
