import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { StudyUnit, variantOptions } from '../../shared/model-study';
import { loadRig } from '../rig';
import { version } from '../version';
import type { UnitOrder } from './unit';

/** Raised when the same order would give other numbers than before: a change of the measures, of the coin, of recording. */
const FORMAT = 1;

/**
 * What was computed, one file an order: a study that was interrupted, or that got a variant more, goes on where it was.
 * An order's name is a hash of all that its numbers depend on, the data's files included.
 */
export class UnitCache {
  /** Of files by path: several orders share them. */
  private readonly hashes = new Map<string, Promise<string>>();

  constructor(private readonly folder: string) {}

  async get(order: UnitOrder): Promise<StudyUnit | undefined> {
    const text = await readFile(await this.file(order), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      const parsed = StudyUnit.safeParse(JSON.parse(text));
      return parsed.success ? parsed.data : undefined;
    } catch {
      // Cut off while it was written, or changed by hand: computed again.
      return undefined;
    }
  }

  async put(order: UnitOrder, unit: StudyUnit): Promise<void> {
    const file = await this.file(order);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.part`, `${JSON.stringify(unit)}\n`);
    await rename(`${file}.part`, file);
  }

  private async file(order: UnitOrder): Promise<string> {
    const { study, source: name, variant, seed, folder } = order;
    const source = study.sources.find((one) => one.name === name);
    if (source === undefined) throw new RangeError(`the study has no source "${name}"`);
    const { record, csv, coin, withhold } = source;
    const key = {
      ...{ format: FORMAT, version, record, csv, coin, withhold },
      files: await this.contents(source, folder),
      options: variantOptions(study, source, variant, seed),
      horizons: study.horizons,
      measures: [...study.measures].sort(),
    };
    const hash = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 16);
    return join(this.folder, study.name, `${name}-${fileName(variant)}-${seed}-${hash}.json`);
  }

  private async contents(
    { record, csv }: UnitOrder['study']['sources'][number],
    folder: string,
  ): Promise<string[]> {
    if (csv) return Promise.all(csv.files.map((file) => this.hash(resolve(folder, file))));
    if (!record) return [];
    const isPath = record.rig.includes('/') || record.rig.startsWith('.');
    const rig = await loadRig(isPath ? resolve(folder, record.rig) : record.rig);
    const model = rig.file.mujoco?.model;
    const beside = model === undefined ? [] : await readdir(dirname(model));
    const files = [
      join(rig.folder, 'rig.json'),
      ...beside.sort().map((name) => join(dirname(model ?? ''), name)),
    ];
    return Promise.all(files.map((file) => this.hash(file)));
  }

  private hash(file: string): Promise<string> {
    const known = this.hashes.get(file);
    if (known) return known;
    const hashed = readFile(file).then(
      (bytes) => createHash('sha256').update(bytes).digest('hex'),
      // A folder beside the model, or a file that is gone: whoever reads it says so.
      () => basename(file),
    );
    this.hashes.set(file, hashed);
    return hashed;
  }
}

function fileName(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 60);
}
