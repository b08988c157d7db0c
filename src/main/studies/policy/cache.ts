import { join } from 'node:path';
import { PolicyUnit, variantTraining } from '../../../shared/policy-study';
import { version } from '../../installation/version';
import { inFileName, readUnit, rigHash, rigPath, unitHash, writeUnit } from '../common/unit-file';
import type { PolicyOrder } from './unit';

/** Raised when the same order would give other numbers than before. */
const FORMAT = 2;

/** What was computed, one file a unit, named by a hash of all that its numbers depend on. */
export class PolicyCache {
  constructor(private readonly folder: string) {}

  async get(order: PolicyOrder): Promise<PolicyUnit | undefined> {
    return readUnit(await this.file(order), PolicyUnit);
  }

  async put(order: PolicyOrder, unit: PolicyUnit): Promise<void> {
    await writeUnit(await this.file(order), unit);
  }

  private async file({ study, variant, seed, folder }: PolicyOrder): Promise<string> {
    const training = variantTraining(study, variant);
    const hash = unitHash({
      ...{ format: FORMAT, version, training, seed, evaluate: study.evaluate },
      rig: await rigHash(rigPath(training.rig, folder)),
    });
    return join(this.folder, study.name, `${inFileName(variant)}-${seed}-${hash}.json`);
  }
}
