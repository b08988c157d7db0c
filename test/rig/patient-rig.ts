import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A built-in simulated rig as it comes, except that a late plan or tick does not bring it to hold: for tests in which it does
 * not matter how fast the computer is. In the workspace as `patient-<name>`; returns its folder.
 */
export function patientRig(workspace: string, name: string): string {
  const from = join('resources/rigs', name);
  const to = join(workspace, 'rigs', `patient-${name}`);
  cpSync(from, to, { recursive: true });
  const file = JSON.parse(readFileSync(join(from, 'rig.json'), 'utf8')) as { safety?: object };
  const safety = { ...file.safety, missedPlansToHold: 1e6, watchdogSeconds: 60 };
  writeFileSync(join(to, 'rig.json'), JSON.stringify({ ...file, name: `patient-${name}`, safety }));
  return to;
}
