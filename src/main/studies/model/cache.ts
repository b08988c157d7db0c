import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { StudyUnit, variantOptions } from '../../../shared/model-study';
import { version } from '../../installation/version';
import { inFileName, readUnit, rigHash, rigPath, unitHash, writeUnit } from '../common/unit-file';
import type { UnitOrder } from './unit';

/** Raised when the same order would give other numbers than before: a change of the measures, of the coin, of recording. */
const FORMAT = 2;

/**
 * What was computed, one file an order: a study that was interrupted, or that got a variant more, goes on where it was.
 * An order's name is a hash of all that its numbers depend on, the data's files included.
 */
export class UnitCache {
  /** Of rigs and files: several orders share them. */
  private readonly hashes = new Map<string, Promise<string>>();

  constructor(private readonly folder: string) {}

  async get(order: UnitOrder): Promise<StudyUnit | undefined> {
    return readUnit(await this.file(order), StudyUnit);
  }

  async put(order: UnitOrder, unit: StudyUnit): Promise<void> {
    await writeUnit(await this.file(order), unit);
  }

  private async file(order: UnitOrder): Promise<string> {
    const { study, source: name, variant, seed, folder } = order;
    const source = study.sources.find((one) => one.name === name);
    if (source === undefined) throw new RangeError(`the study has no source "${name}"`);
    const { record, csv, coin, withhold } = source;
    const hash = unitHash({
      ...{ format: FORMAT, version, record, csv, coin, withhold },
      files: await this.contents(source, folder),
      options: variantOptions(study, source, variant, seed),
      horizons: study.horizons,
      measures: [...study.measures].sort(),
    });
    return join(this.folder, study.name, `${name}-${inFileName(variant)}-${seed}-${hash}.json`);
  }

  private async contents(
    { record, csv }: UnitOrder['study']['sources'][number],
    folder: string,
  ): Promise<string[]> {
    if (csv) return Promise.all(csv.files.map((file) => this.once(resolve(folder, file), fileHash)));
    return record ? [await this.once(rigPath(record.rig, folder), rigHash)] : [];
  }

  private once(path: string, hash: (path: string) => Promise<string>): Promise<string> {
    const known = this.hashes.get(path) ?? hash(path);
    this.hashes.set(path, known);
    return known;
  }
}

const fileHash = (file: string): Promise<string> =>
  readFile(file).then(
    (bytes) => createHash('sha256').update(bytes).digest('hex'),
    // A file that is gone: whoever reads it says so.
    () => basename(file),
  );
