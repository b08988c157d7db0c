import { readFileSync } from 'node:fs';
import { RigFile } from '../../src/shared/rig';

/** A built-in rig as the window gets it. */
export const rigFile = (name: string): RigFile =>
  RigFile.parse(JSON.parse(readFileSync(`resources/rigs/${name}/rig.json`, 'utf8')));
