import { ForesightError } from '../../../../shared/errors';
import type { Rig } from '../../../../shared/rig';
import type { LineLanguage } from '../lines/open';
import { OdriveDialect } from './dialect';
import { odriveLine, readOdriveLine } from './lines';

const LONGEST_LINE = 128;

/** The language of a rig with driver "odrive". @throws wrong-use for another rig */
export function odriveLanguage({ file }: Rig): LineLanguage {
  const { odrive } = file;
  if (!odrive)
    throw new ForesightError('wrong-use', `"${file.name}" is no ODrive rig.`, 'Choose another rig.');
  return {
    ...{ port: odrive.port, baudRate: odrive.baudRate, lineEnding: '\n', longestLine: LONGEST_LINE },
    called: 'an ODrive',
    dialect: (context) => new OdriveDialect(context, odrive),
    probe: {
      ask: (link) => link.send(odriveLine('r vbus_voltage')),
      isAnswer: (line) => readOdriveLine(line).kind === 'numbers',
    },
  };
}
