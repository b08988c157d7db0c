import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ControlUnit, recordingStudy, variantStudy } from '../../shared/control-study';
import { loadRig } from '../rig';
import { version } from '../version';
import type { ControlOrder } from './messages';
import { rigPath } from './patched-rig';

/** Raised when the same order would give other numbers than before. */
const FORMAT = 1;

/** What was computed, one file a unit and one workspace a recording, named by a hash of all that its numbers depend on. */
export class ControlCache {
  constructor(readonly folder: string) {}

  async get(order: ControlOrder): Promise<ControlUnit | undefined> {
    try {
      const parsed = ControlUnit.safeParse(
        JSON.parse(await readFile(`${await this.path(order)}.json`, 'utf8')),
      );
      return parsed.success ? parsed.data : undefined;
    } catch {
      // Not there, cut off while it was written, or changed by hand: computed again.
      return undefined;
    }
  }

  async put(order: ControlOrder, unit: ControlUnit): Promise<void> {
    const file = `${await this.path(order)}.json`;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.part`, `${JSON.stringify(unit)}\n`);
    await rename(`${file}.part`, file);
  }

  /** Without an extension. */
  async path({ study, variant, seed, folder }: ControlOrder): Promise<string> {
    const { protocol } = study;
    const fixed = protocol.kind === 'fixed-model';
    const recording = fixed ? recordingStudy(study) : null;
    const own = variant === null ? null : variantStudy(study, variant);
    const rigs = [recording, own].flatMap((one) => (one ? [rigPath(one.rig, folder)] : []));
    const key = {
      ...{ format: FORMAT, version, recording, own, seed },
      // A recording is the same whatever is done with its models.
      protocol: variant === null && fixed ? protocol.sizes : { ...protocol, maxSoFar: undefined },
      rigs: await Promise.all(rigs.map(rigHash)),
    };
    const hash = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 16);
    const name = (variant ?? 'recording').replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 60);
    return join(this.folder, study.name, `${name}-${seed}-${hash}`);
  }
}

async function rigHash(name: string): Promise<string> {
  const { file, folder } = await loadRig(name);
  const model = file.mujoco?.model;
  const beside = model === undefined ? [] : (await readdir(dirname(model))).sort();
  const hash = createHash('sha256');
  for (const path of [join(folder, 'rig.json'), ...beside.map((one) => join(dirname(model ?? ''), one))]) {
    // A folder beside the model is no part of it.
    hash.update(await readFile(path).catch(() => basename(path)));
  }
  return hash.digest('hex');
}
