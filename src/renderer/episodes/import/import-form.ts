import { channelName, plainWords } from '../../../shared/channel-name';
import type { ImportHead, ImportInput } from '../../../shared/import';
import { plainName } from '../../../shared/plain-name';
import { firstProblem, type NumberRange, numberProblem } from '../../ui/number-problem';

export const ROLES = ['time', 'observation', 'action', 'episode number', 'left out'] as const;
export type Role = (typeof ROLES)[number];
/** Of these there is one at most. */
const SINGLE: readonly Role[] = ['time', 'episode number'];

/** What one column is taken for. */
export interface ColumnForm {
  column: string;
  role: Role;
  name: string;
  unit: string;
  angle: boolean;
}

const SECONDS = { s: 1, ms: 1e-3, us: 1e-6, ns: 1e-9 } as const;
export const TIME_UNITS = Object.keys(SECONDS) as ImportInput['timeUnit'][];
export const DECIMALS = ['found out', 'dot', 'comma'] as const;
/** What a time that is counted may have before it begins again. */
export const COUNTERS = ['does not run over', '16 bits', '24 bits', '32 bits'] as const;

/** What a file is taken for. */
export interface ImportForm {
  rig: string;
  /** Rows a second; NaN: the field is empty. */
  rate: number;
  timeUnit: ImportInput['timeUnit'];
  counter: (typeof COUNTERS)[number];
  /** Of a file without a clock; NaN: the field is empty. */
  sampleRate: number;
  /** A longer step begins an episode; NaN: five rows. */
  gapSeconds: number;
  decimal: (typeof DECIMALS)[number];
  columns: ColumnForm[];
}

export const RANGES = {
  rate: { min: 0.1, max: 1e5 },
  sampleRate: { min: 1e-6, max: 1e9 },
  gapSeconds: { min: 1e-6, max: 1e6, optional: true },
} as const satisfies Record<string, NumberRange>;

const TIME_NAME = /^(t|time|timestamp|date|datetime|clock|sec(onds?)?|stamp|zeit)$|time/i;
const ACTION_NAME = /^u\d*$|tau|torque|force|cmd|command|action|control|voltage|pwm|effort/i;
const EPISODE_NAME = /^(episode|trial|rollout|run)([ _-]?(id|number|index|no))?$/i;

/** What a file looks like, to be corrected by whoever knows. */
export function guessed(head: ImportHead, file: string): ImportForm {
  const clock =
    head.columns.find(({ label, kind }) => kind !== 'text' && TIME_NAME.test(label)) ??
    head.columns.find(({ kind }) => kind === 'time') ??
    head.columns.slice(0, 1).find(({ step }) => step !== null);
  const numbering = head.columns.find((column) => column !== clock && EPISODE_NAME.test(column.label));
  const roleOf = (column: ImportHead['columns'][number]): Role => {
    if (column === clock) return 'time';
    if (column === numbering) return 'episode number';
    if (column.kind !== 'number') return 'left out';
    return ACTION_NAME.test(column.label) ? 'action' : 'observation';
  };
  const columns = head.columns.map((column): ColumnForm => {
    const name = identifier(column.label || `column_${column.column}`);
    return { column: column.column, role: roleOf(column), name, unit: column.unit, angle: false };
  });
  const said = clock?.unit.replace(/[µμ]/, 'u') || /[_ .-](s|ms|us|ns)$/i.exec(clock?.label ?? '')?.[1];
  const form: ImportForm = {
    rig: plainWords(file.replace(/\.[^.]*$/, ''), '-').slice(0, 80) || 'imported',
    timeUnit: TIME_UNITS.find((unit) => unit === said) ?? 's',
    ...{ rate: 100, sampleRate: 100, gapSeconds: Number.NaN },
    ...{ counter: 'does not run over', decimal: 'found out', columns },
  };
  return { ...form, rate: measuredRate(head, form) };
}

/** "Joint 2" → joint_2, "2nd" → c_2nd: a name that a channel may have. */
export function identifier(label: string): string {
  const plain = plainWords(label);
  return channelName.safeParse(plain).success ? plain : `c_${plain}`;
}

/** Rows a second that keep to what was measured, by the first samples of its clock; 100 where those do not say it. */
function measuredRate(head: ImportHead, { columns, timeUnit }: Pick<ImportForm, 'columns' | 'timeUnit'>) {
  const clock = head.columns[columns.findIndex(({ role }) => role === 'time')];
  const unitSeconds = clock?.kind === 'time' ? 1 : SECONDS[timeUnit];
  const rate = Number((1 / ((clock?.step ?? Number.NaN) * unitSeconds)).toPrecision(2));
  return rate >= RANGES.rate.min && rate <= RANGES.rate.max ? rate : 100;
}

/** A form with another clock, or the same in another unit: a rate that followed the clock still does. */
export function withClock(
  head: ImportHead,
  form: ImportForm,
  parts: Partial<Pick<ImportForm, 'columns' | 'timeUnit'>>,
): ImportForm {
  const next = { ...form, ...parts };
  const followed = form.rate === measuredRate(head, form);
  return followed ? { ...next, rate: measuredRate(head, next) } : next;
}

/** Only observations can be angles, and only in rad or degrees. */
export const mayBeAngle = ({ role, unit }: ColumnForm): boolean =>
  role === 'observation' && (unit === 'rad' || unit === 'deg');

export const isChannel = ({ role }: ColumnForm): boolean => role === 'observation' || role === 'action';

/** A column taken for something else; the column that was the time, or numbered the episodes, is left out where this one does. */
export function withRole(columns: readonly ColumnForm[], at: number, role: Role): ColumnForm[] {
  return columns.map((column, i) => {
    if (i === at) return { ...column, role };
    return SINGLE.includes(role) && column.role === role ? { ...column, role: 'left out' } : column;
  });
}

/** Why a form cannot be imported as it is, as a sentence; null when it can be tried. */
export function formProblem(form: ImportForm): string | null {
  const { columns, rig } = form;
  const unnamed = rigNameProblem(rig);
  if (unnamed) return unnamed;
  if (!hasTime(form) && numberProblem(form.sampleRate, RANGES.sampleRate)) {
    return 'Choose the column with the time, or say how many samples a second the file has.';
  }
  const number = firstProblem([
    ['Rows a second', form.rate, RANGES.rate],
    ['The step that begins an episode', form.gapSeconds, RANGES.gapSeconds],
  ]);
  if (number) return number;
  return columnsProblem(columns);
}

/** Why these columns cannot become channels, as a sentence; null when they can. */
export function columnsProblem(columns: readonly ColumnForm[]): string | null {
  for (const role of ['observation', 'action'] as const) {
    if (!columns.some((column) => column.role === role)) return `Choose at least one column as ${role}.`;
  }
  const used = columns.filter(isChannel);
  const odd = used.find(({ name }) => !channelName.safeParse(name).success);
  if (odd) {
    return `"${odd.name}" cannot be the name of a channel: lower-case letters, digits and _, a letter first.`;
  }
  const twice = used.find(({ name }, i) => used.findIndex((other) => other.name === name) !== i);
  return twice ? `Two columns are called "${twice.name}".` : null;
}

/** Why a rig cannot be called so, as a sentence; null when it can. */
export const rigNameProblem = (rig: string): string | null =>
  plainName.safeParse(rig).success
    ? null
    : 'The name of the rig is written in lower-case letters, digits and hyphens, 80 at most.';

export const hasTime = ({ columns }: Pick<ImportForm, 'columns'>): boolean =>
  columns.some(({ role }) => role === 'time');

/** The form as the core takes it. */
export function importInput(
  upload: string,
  { delimiter, headerLine }: Pick<ImportHead, 'delimiter' | 'headerLine'>,
  form: ImportForm,
): ImportInput {
  const { rig, rate, timeUnit, counter, sampleRate, gapSeconds, decimal, columns } = form;
  const the = (role: Role) => columns.find((column) => column.role === role)?.column;
  const [time, episode, timeBits] = [the('time'), the('episode number'), Number.parseInt(counter, 10)];
  const channels = (role: Role) =>
    columns
      .filter((column) => column.role === role)
      .map((column) => ({
        ...{ column: column.column, name: column.name, unit: column.unit.trim() || '1' },
        angle: column.angle && mayBeAngle(column),
      }));
  return {
    ...{ upload, rig, rate, timeUnit, delimiter, headerLine },
    ...(time === undefined ? { sampleRate } : { time }),
    ...(time !== undefined && !Number.isNaN(timeBits) && { timeBits }),
    ...(episode !== undefined && { episode }),
    ...(!Number.isNaN(gapSeconds) && { gapSeconds }),
    ...(decimal !== 'found out' && { decimal }),
    ...{ observations: channels('observation'), actions: channels('action') },
  };
}
