import { basename } from 'node:path';
import { channelName, plainWords } from '../../shared/channel-name';
import type { ChannelInfo } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import type { CsvColumn } from './csv';
import type { DatasetColumn, DatasetHead } from './types';

export interface DatasetImportOptions {
  /** For sentences and for the record. */
  file: string;
  /** What the rig is called in the log; the file's name for it, or the file's, unless given. */
  rig?: string | undefined;
  /** Columns by name with their units; what the file says, or names tell, unless given. */
  observations?: readonly CsvColumn[] | undefined;
  actions?: readonly CsvColumn[] | undefined;
  tags?: readonly string[] | undefined;
}

/** A column that becomes a channel. */
export interface Picked {
  column: string;
  scale: number;
  channel: ChannelInfo;
}

/** What an import is going to bring: its dry run. */
export interface DatasetPlan {
  rig: string;
  periodSeconds: number;
  observations: Picked[];
  actions: Picked[];
  remarks: string[];
}

/** Which columns become which channels. @throws ForesightError wrong-use: what is asked, or the file, leaves it open */
export function planImport(head: DatasetHead, options: DatasetImportOptions): DatasetPlan {
  const observations = pick(head, 'observation', options.observations);
  const taken = observations.map(({ channel }) => channel.name);
  const actions = pick(head, 'action', options.actions, taken);
  const twice = repeated([...observations, ...actions].map(({ channel }) => channel.name));
  if (twice !== undefined) {
    throw wrong(`Two columns would both be the channel "${twice}".`, 'Name one of them: name=column:unit.');
  }
  const { periodSeconds } = head;
  if (periodSeconds === null) {
    throw wrong('Nothing in the file says how many rows a second it has.', 'Say it: --rate.');
  }
  const guessed = options.rig ?? head.rig ?? basename(options.file).replace(/\.[a-z0-9]+$/i, '');
  const rig = options.rig ?? (plainWords(guessed, '-') || 'imported');
  if (!/^[a-z0-9][a-z0-9-]*$/.test(rig)) {
    throw wrong(`"${rig}" cannot be the name of a rig.`, 'Use lower-case letters, digits and hyphens.');
  }
  const unknown = [...observations, ...actions].filter(
    ({ column }) => unitOf(head, options, column) === null,
  );
  const units = unknown.map(({ channel }) => channel.name).join(', ');
  return {
    ...{ rig, periodSeconds, observations, actions },
    remarks: [
      ...head.remarks,
      ...(units === ''
        ? []
        : [`The file does not say the units of ${units}: they are taken for plain numbers.`]),
    ],
  };
}

function pick(
  head: DatasetHead,
  role: 'observation' | 'action',
  asked: readonly CsvColumn[] | undefined,
  taken: readonly string[] = [],
): Picked[] {
  if (asked === undefined) {
    const usual = head.columns.filter((column) => column.role === role);
    if (usual.length > 0) return named(usual, taken);
    throw wrong(
      `No column of the file is known to be an ${role}; there are: ${listed(head.columns)}.`,
      `Name at least one: --${role} column:unit.`,
    );
  }
  return asked.map((one) => {
    const found = head.columns.find(({ column }) => column === one.column);
    if (found === undefined) {
      throw wrong(
        `The file has no column "${one.column}"; there are: ${listed(head.columns)}.`,
        'Name one of these.',
      );
    }
    const name = one.name ?? plainWords(found.name);
    if (!channelName.safeParse(name).success) {
      throw wrong(`"${name}" cannot be the name of a channel.`, 'Give the column one: name=column:unit.');
    }
    const angle = one.angle === true || (found.angle && one.unit === 'rad');
    const { unit, scale = 1 } = one;
    if (angle && (unit !== 'rad' || role === 'action')) {
      throw wrong(`"${name}" cannot be an angle that wraps.`, 'Only observations in rad or deg can.');
    }
    return { column: one.column, scale, channel: { name, unit, angle, limits: null } };
  });
}

/** Channels of columns that nobody named; their names become possible ones, each another: a joint's action is often called as the joint. */
function named(columns: readonly DatasetColumn[], before: readonly string[]): Picked[] {
  const taken = new Set(before);
  return columns.map(({ column, name, unit, angle, limits, role }) => {
    const words = plainWords(name);
    const possible = channelName.safeParse(words).success ? words : `c_${words}`;
    const base = role === 'action' && taken.has(possible) ? `action_${possible}` : possible;
    let free = base;
    for (let i = 2; taken.has(free); i++) free = `${base}_${i}`;
    taken.add(free);
    const isAngle = angle && role === 'observation' && unit === 'rad';
    return { column, scale: 1, channel: { name: free, unit: unit ?? '1', angle: isAngle, limits } };
  });
}

function unitOf(head: DatasetHead, options: DatasetImportOptions, column: string): string | null {
  const asked = [...(options.observations ?? []), ...(options.actions ?? [])].find(
    (one) => one.column === column,
  );
  return asked?.unit ?? head.columns.find((one) => one.column === column)?.unit ?? null;
}

const MOST_LISTED = 40;
const listed = (columns: readonly DatasetColumn[]) => {
  const names = columns.slice(0, MOST_LISTED).map(({ column }) => column);
  return names.join(', ') + (columns.length > MOST_LISTED ? ` and ${columns.length - MOST_LISTED} more` : '');
};

const repeated = (names: readonly string[]) => names.find((name, i) => names.indexOf(name) !== i);

const wrong = (what: string, next: string) => new ForesightError('wrong-use', what, next);
