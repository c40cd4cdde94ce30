/**
 * The models by their names. A model whose folder changes is loaded beside the old one and takes its place when it is
 * ready; the old one answers what it has accepted. A folder that cannot be loaded changes nothing, and one that is
 * replaced while it is loaded is loaded again.
 */
import { OtzyvError } from '@otzyv/core';
import { folderVersion, NO_VERSION } from './folder-version.ts';
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

/**
 * @param specs the first is the default
 * @throws OtzyvError `model.*` when one cannot be loaded, `model.changing` when its folder does not come to rest
 */
export async function openRegistry(
  specs: readonly ModelSpec[],
  { onReload, onReloadFailed }: RegistryEvents,
  open: typeof openModel = openModel,
): Promise<ModelRegistry> {
  const services = new Map<string, Loaded>();
  const refused = new Map<string, string>(); // by name, the version that could not be loaded
  const closing = new Set<Promise<void>>();
  const closeAll = async () => {
    await Promise.all([...services.values()].map(({ service }) => service.close()));
  };
  try {
    for (const spec of specs) services.set(spec.name, await openWhole(spec, open));
  } catch (error) {
    await closeAll(); // the threads of those before it
    throw error;
  }

  const retire = (service: ModelService) => {
    const done = service.close().finally(() => closing.delete(done));
    closing.add(done);
  };

  const refreshOne = async (spec: ModelSpec) => {
    const present = services.get(spec.name);
    const version = await folderVersion(spec.folder);
    const isKnown = version === present?.version || version === refused.get(spec.name);
    if (present === undefined || version === NO_VERSION || isKnown) return;
    try {
      services.set(spec.name, await openWhole(spec, open));
      retire(present.service);
      onReload(spec.name);
    } catch (error) {
      refused.set(spec.name, version); // not to be tried again until it changes again
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
      await closeAll();
      await Promise.all(closing);
    },
  };
}

interface Loaded {
  readonly service: ModelService;
  /** of its folder, before and after it was loaded */
  readonly version: string;
}

async function openWhole(spec: ModelSpec, open: typeof openModel): Promise<Loaded> {
  for (let attempt = 1; ; attempt++) {
    const version = await folderVersion(spec.folder);
    const service = await open(spec, version);
    // threads that were started before and after the folder was replaced would answer with two models
    if ((await folderVersion(spec.folder)) === version) return { service, version };
    await service.close();
    if (attempt === MOST_ATTEMPTS) throw changing(spec.folder);
  }
}

const MOST_ATTEMPTS = 5;

function changing(folder: string): OtzyvError {
  return new OtzyvError(
    'model.changing',
    `${folder} was written to each time that it was loaded`,
    'Write the model elsewhere and rename its folder when it is whole.',
  );
}
