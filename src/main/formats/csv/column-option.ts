import { wrongImport } from './sentences';
import type { CsvColumn } from './types';

const NEXT =
  'Write it as header:unit or name=header:unit, with :angle at the end for an angle (rad) that wraps.';

/**
 * A column as it is written on a command line: `[name=]header[:unit[:angle]]`, for example `q:rad:angle`,
 * `torque=tau:N m`, `mode`. Degrees (`deg`, `deg/s`) become rad.
 * @throws ForesightError wrong-use
 */
export function columnOption(text: string): CsvColumn {
  const equals = text.indexOf('=');
  const name = equals < 0 ? undefined : text.slice(0, equals).trim();
  const [column = '', unit = '1', flag, ...rest] = text
    .slice(equals + 1)
    .split(':')
    .map((part) => part.trim());
  const bad = column === '' || name === '' || rest.length > 0 || (flag !== undefined && flag !== 'angle');
  if (bad) throw wrongImport(`"${text}" does not say which column it means.`, NEXT);
  const degrees = unit === 'deg' || unit === 'deg/s';
  return {
    column,
    ...(name === undefined ? {} : { name }),
    unit: degrees ? unit.replace('deg', 'rad') : unit,
    ...(degrees ? { scale: Math.PI / 180 } : {}),
    ...(flag === 'angle' ? { angle: true } : {}),
  };
}
