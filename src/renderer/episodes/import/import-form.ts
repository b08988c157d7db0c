import { channelName, plainWords } from '../../../shared/channel-name';
import type { ImportHead, ImportInput } from '../../../shared/import';
import { plainName } from '../../../shared/plain-name';

export const ROLES = ['time', 'observation', 'action', 'left out'] as const;
export type Role = (typeof ROLES)[number];

/** What one column is taken for. */
export interface ColumnForm {
  column: string;
  role: Role;
  name: string;
  unit: string;
  angle: boolean;
}

/** What a file is taken for. */
export interface ImportForm {
  rig: string;
  /** Rows a second; NaN: the field is empty. */
  rate: number;
  timeUnit: ImportInput['timeUnit'];
  /** Of a file without a clock; NaN: the field is empty. */
  sampleRate: number;
  decimal: 'found out' | 'dot' | 'comma';
  columns: ColumnForm[];
}

const TIME_NAME = /^(t|time|timestamp|date|datetime|clock|sec(onds?)?|stamp|zeit)$|time/i;
const ACTION_NAME = /^u\d*$|tau|torque|force|cmd|command|action|control|voltage|pwm|effort/i;
const TIME_UNITS: Record<string, ImportInput['timeUnit']> = {
  ...{ s: 's', ms: 'ms', us: 'us', µs: 'us', μs: 'us', ns: 'ns' },
};

/** What a file looks like, to be corrected by whoever knows. */
export function guessed(head: ImportHead, file: string): ImportForm {
  const clock =
    head.columns.find(({ label, kind }) => kind !== 'text' && TIME_NAME.test(label)) ??
    head.columns.find(({ kind }) => kind === 'time') ??
    head.columns.slice(0, 1).find(({ rising }) => rising);
  return {
    rig: plainWords(file.replace(/\.[^.]*$/, ''), '-').slice(0, 80) || 'imported',
    ...{ rate: 100, sampleRate: 100, decimal: 'found out' },
    timeUnit: TIME_UNITS[clock?.unit ?? ''] ?? 's',
    columns: head.columns.map((column) => {
      const { label, unit, kind } = column;
      const numbers = ACTION_NAME.test(label) ? 'action' : 'observation';
      return {
        column: column.column,
        role: column === clock ? 'time' : kind === 'number' ? numbers : 'left out',
        name: identifier(label || `column_${column.column}`),
        ...{ unit, angle: false },
      };
    }),
  };
}

/** "Joint 2" → joint_2, "2nd" → c_2nd: a name that a channel may have. */
export function identifier(label: string): string {
  const plain = plainWords(label);
  return channelName.safeParse(plain).success ? plain : `c_${plain}`;
}

/** Only observations can be angles, and only in rad or degrees. */
export const mayBeAngle = ({ role, unit }: ColumnForm): boolean =>
  role === 'observation' && (unit === 'rad' || unit === 'deg');

/** A column taken for something else; there is one time, so the column that was it is left out. */
export function withRole(columns: readonly ColumnForm[], at: number, role: Role): ColumnForm[] {
  return columns.map((column, i) => {
    if (i === at) return { ...column, role };
    return role === 'time' && column.role === 'time' ? { ...column, role: 'left out' } : column;
  });
}

/** Why a form cannot be imported as it is, as a sentence; null when it can be tried. */
export function formProblem(form: ImportForm): string | null {
  const { columns, rate, rig } = form;
  if (!plainName.safeParse(rig).success) {
    return 'The name of the rig is written in lower-case letters, digits and hyphens, 80 at most.';
  }
  if (!(rate >= 1e-3 && rate <= 1e5)) return 'Say how many rows a second there are to be.';
  if (!hasTime(form) && !(form.sampleRate > 0)) {
    return 'Choose the column with the time, or say how many samples a second the file has.';
  }
  for (const role of ['observation', 'action'] as const) {
    if (!columns.some((column) => column.role === role)) return `Choose at least one column as ${role}.`;
  }
  const used = columns.filter(({ role }) => role === 'observation' || role === 'action');
  const odd = used.find(({ name }) => !channelName.safeParse(name).success);
  if (odd) {
    return `"${odd.name}" cannot be the name of a channel: lower-case letters, digits and _, a letter first.`;
  }
  const twice = used.find(({ name }, i) => used.findIndex((other) => other.name === name) !== i);
  return twice ? `Two columns are called "${twice.name}".` : null;
}

export const hasTime = ({ columns }: Pick<ImportForm, 'columns'>): boolean =>
  columns.some(({ role }) => role === 'time');

/** The form as the core takes it. */
export function importInput(
  upload: string,
  { delimiter, headerLine }: Pick<ImportHead, 'delimiter' | 'headerLine'>,
  form: ImportForm,
): ImportInput {
  const { rig, rate, timeUnit, sampleRate, decimal, columns } = form;
  const time = columns.find(({ role }) => role === 'time')?.column;
  const of = (role: Role) =>
    columns
      .filter((column) => column.role === role)
      .map((column) => ({
        ...{ column: column.column, name: column.name, unit: column.unit.trim() || '1' },
        angle: column.angle && mayBeAngle(column),
      }));
  return {
    ...{ upload, rig, rate, timeUnit, delimiter, headerLine },
    ...(time === undefined ? { sampleRate } : { time }),
    ...(decimal !== 'found out' && { decimal }),
    ...{ observations: of('observation'), actions: of('action') },
  };
}
