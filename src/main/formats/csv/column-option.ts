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
  return {
    column,
    ...(name === undefined ? {} : { name }),
    ...siUnit(unit),
    ...(flag === 'angle' ? { angle: true } : {}),
  };
}

/** The unit of a channel for one that a file may have: degrees become rad. */
export function siUnit(unit: string): Pick<CsvColumn, 'unit' | 'scale'> {
  if (unit !== 'deg' && unit !== 'deg/s') return { unit };
  return { unit: unit.replace('deg', 'rad'), scale: Math.PI / 180 };
}
