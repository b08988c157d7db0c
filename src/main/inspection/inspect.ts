import { join } from 'node:path';
import type { Rig } from '../../shared/rig';
import { checkRig } from '../rig';
import { badRig } from '../rig/files/problems';
import { modelRemarks } from '../rig/files/remarks';
import { compileTask } from '../task';
import { requireWorkspace, safetyFindings } from './safety';
import { tryOut } from './trial';

/** A rig in order, and what about it is hardly meant, as sentences. */
export interface Inspection {
  rig: Rig;
  remarks: string[];
}

/**
 * Finds whatever recording, training or running would refuse about a rig: its files, what they name, its formulas, and,
 * where it has a simulation, how that is driven.
 * @throws not-found, bad-file with every problem of a kind, bad-formula
 */
export async function inspectRig(nameOrPath: string, userFolder?: string): Promise<Inspection> {
  const rig = await readRig(nameOrPath, userFolder);
  const safety = await safetyFindings(rig);
  const { problems, remarks } = await tryOut(rig);
  if (problems.length > 0) {
    // The sentence that lists them brings its own full stop.
    const parts = problems.map((problem) => problem.replace(/\.$/, ''));
    throw badRig(join(rig.folder, 'rig.json'), parts);
  }
  return { rig, remarks: [...(await modelRemarks(rig)), ...safety, ...remarks] };
}

/** A rig with its files, what they name and its formulas checked. @throws as `inspectRig` */
export async function readRig(nameOrPath: string, userFolder?: string): Promise<Rig> {
  const rig = await checkRig(nameOrPath, userFolder);
  compileTask(rig.file.task, rig.file);
  await requireWorkspace(rig);
  return rig;
}
