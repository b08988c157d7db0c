import { join } from 'node:path';
import { ControlUnit, recordingStudy, variantStudy } from '../../../shared/control-study';
import { version } from '../../installation/version';
import { inFileName, readUnit, rigHash, rigPath, unitHash, writeUnit } from '../common/unit-file';
import type { ControlOrder } from './messages';

/** Raised when the same order would give other numbers than before. */
const FORMAT = 2;

/** What was computed, one file a unit and one workspace a recording, named by a hash of all that its numbers depend on. */
export class ControlCache {
  constructor(readonly folder: string) {}

  async get(order: ControlOrder): Promise<ControlUnit | undefined> {
    return readUnit(`${await this.path(order)}.json`, ControlUnit);
  }

  async put(order: ControlOrder, unit: ControlUnit): Promise<void> {
    await writeUnit(`${await this.path(order)}.json`, unit);
  }

  /** Without an extension. */
  async path({ study, variant, seed, folder }: ControlOrder): Promise<string> {
    const { protocol } = study;
    const fixed = protocol.kind === 'fixed-model';
    const recording = fixed ? recordingStudy(study) : null;
    const own = variant === null ? null : variantStudy(study, variant);
    const rigs = [recording, own].flatMap((one) => (one ? [rigPath(one.rig, folder)] : []));
    const hash = unitHash({
      ...{ format: FORMAT, version, recording, own, seed },
      // A recording is the same whatever is done with its models.
      protocol: variant === null && fixed ? protocol.sizes : { ...protocol, maxSoFar: undefined },
      rigs: await Promise.all(rigs.map(rigHash)),
    });
    return join(this.folder, study.name, `${inFileName(variant ?? 'recording')}-${seed}-${hash}`);
  }
}
