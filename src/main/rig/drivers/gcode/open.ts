import { ForesightError } from '../../../../shared/errors';
import type { GcodeOptions } from '../../../../shared/gcode';
import type { Rig } from '../../../../shared/rig';
import type { LineLanguage } from '../lines/open';
import { GrblDialect } from './grbl-dialect';
import { readGrblLine } from './grbl-lines';
import { MarlinDialect } from './marlin-dialect';
import { readMarlinLine } from './marlin-lines';

type Spoken = Pick<LineLanguage, 'called' | 'dialect' | 'probe'>;

const grbl = (options: GcodeOptions): Spoken => ({
  called: 'a GRBL controller',
  dialect: (context) => new GrblDialect(context, options),
  probe: {
    ask: (link) => link.write('?'),
    isAnswer: (line) => ['status', 'welcome'].includes(readGrblLine(line).kind),
  },
});

const marlin = (options: GcodeOptions): Spoken => ({
  called: 'a Marlin controller',
  dialect: (context) => new MarlinDialect(context, options),
  probe: { ask: (link) => link.send('M115'), isAnswer: (line) => readMarlinLine(line).kind === 'name' },
});

/** A status report of six axes with every field has some 150 characters. */
const LONGEST_LINE = 256;

/** The language of a rig with driver "gcode". @throws wrong-use for another rig */
export function gcodeLanguage({ file }: Rig): LineLanguage {
  const { gcode } = file;
  if (!gcode)
    throw new ForesightError('wrong-use', `"${file.name}" is no G-code rig.`, 'Choose another rig.');
  return {
    ...{ port: gcode.port, baudRate: gcode.baudRate, lineEnding: '\n', longestLine: LONGEST_LINE },
    ...(gcode.flavour === 'marlin' ? marlin(gcode) : grbl(gcode)),
  };
}
