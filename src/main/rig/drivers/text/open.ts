import { ForesightError } from '../../../../shared/errors';
import type { Rig } from '../../../../shared/rig';
import type { LineLanguage } from '../lines/open';
import { withChecksum } from './checksum';
import { TextDialect } from './dialect';

/** The language of a rig with driver "text". @throws wrong-use for another rig */
export function textLanguage({ file }: Rig): LineLanguage {
  const { text } = file;
  if (!text) throw new ForesightError('wrong-use', `"${file.name}" is no text rig.`, 'Choose another rig.');
  const { identify } = text;
  return {
    ...{
      port: text.port,
      baudRate: text.baudRate,
      lineEnding: text.lineEnding,
      longestLine: text.longestLine,
    },
    called: identify ? `a device that says "${identify.answer}"` : `the device of "${file.name}"`,
    dialect: (context) => new TextDialect(context, text),
    ...(identify && {
      probe: {
        ask: (link) => link.send(withChecksum(text.checksum, identify.send)),
        isAnswer: (line: string) => line.startsWith(identify.answer),
      },
    }),
  };
}
