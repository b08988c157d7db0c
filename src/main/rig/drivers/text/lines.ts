import type { RigFile } from '../../../../shared/rig';
import type { TextOptions } from '../../../../shared/text-line';
import { withChecksum, withoutChecksum } from './checksum';

/** What a line of a text device says. */
export type TextLine =
  | { kind: 'observation'; values: Float64Array; state: string | undefined }
  /** A trouble that the device reports. */
  | { kind: 'error'; text: string }
  /** The device has just started. */
  | { kind: 'restart' }
  /** A comment, or a line that is no observation. */
  | { kind: 'other'; text: string }
  | { kind: 'bad checksum' }
  /** Meant as an observation, and none; why, as the rest of a sentence. */
  | { kind: 'bad'; why: string };

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/;
const MOST_SHOWN = 40;

/** Reads one line, without its end. */
export function readTextLine(line: string, file: Pick<RigFile, 'observations'>, text: TextOptions): TextLine {
  const trimmed = line.trim();
  if (text.restarts.some((beginning) => trimmed.startsWith(beginning))) return { kind: 'restart' };
  if (text.ignore.some((beginning) => trimmed.startsWith(beginning))) return { kind: 'other', text: trimmed };
  const said = withoutChecksum(text.checksum, trimmed);
  if (said === undefined) return { kind: 'bad checksum' };
  if (text.errors.some((beginning) => said.startsWith(beginning))) return { kind: 'error', text: said };
  if (!said.startsWith(text.prefix)) return { kind: 'other', text: said };
  const columns = split(said.slice(text.prefix.length), text.delimiter);
  const wanted = text.columns ?? 0;
  const isForeign = columns.length === 1 && file.observations.length > 1 && text.prefix === '';
  if (isForeign && !NUMBER.test(columns[0] ?? '')) return { kind: 'other', text: said };
  const lacking = file.observations.filter(({ text: source }) => (source?.column ?? 0) >= columns.length);
  if (lacking.length > 0 || (wanted > 0 && columns.length !== wanted)) {
    const need = wanted || 1 + Math.max(...file.observations.map((one) => one.text?.column ?? 0));
    const without = lacking.length > 0 ? `: ${lacking.map(({ name }) => name).join(', ')} missing` : '';
    return { kind: 'bad', why: `has ${count(columns.length)} where the rig has ${need}${without}` };
  }
  const values = new Float64Array(file.observations.length);
  const unreadable = file.observations.flatMap(({ name, text: source }, i) => {
    const word = columns[source?.column ?? 0] ?? '';
    const number = NUMBER.test(word) ? Number(word) : Number.NaN;
    values[i] = number * (source?.scale ?? 1) + (source?.offset ?? 0);
    return Number.isFinite(values[i]) ? [] : [`"${shorten(word)}" for ${name}`];
  });
  if (unreadable.length > 0) return { kind: 'bad', why: `has ${unreadable.join(', ')}, which is no number` };
  return { kind: 'observation', values, state: text.state && columns[text.state.column] };
}

/** @param values by the name in braces; one that is not there stays in its braces */
export function fillIn(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{([^{}]*)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** What the rig itself says in a line: its period, its rate and its watchdog time. */
export function ofTheRig({ periodSeconds, safety }: Pick<RigFile, 'periodSeconds' | 'safety'>) {
  return {
    periodMs: String(Math.round(1000 * periodSeconds)),
    rateHz: String(Number((1 / periodSeconds).toFixed(3))),
    watchdogMs: String(Math.round(1000 * safety.watchdogSeconds)),
  };
}

/** A command as a line without its end. @param values [actions] */
export function commandLine(
  values: ArrayLike<number>,
  ttlSeconds: number,
  file: Pick<RigFile, 'actions' | 'periodSeconds' | 'safety'>,
  text: TextOptions,
): string {
  const written = file.actions.map(({ name, text: target }, i) => {
    const { scale = 1, offset = 0, decimals = 3 } = target ?? {};
    return [name, ((values[i] ?? 0) * scale + offset).toFixed(decimals).replace(/^-(0(\.0+)?)$/, '$1')];
  });
  return withChecksum(
    text.checksum,
    fillIn(text.command, {
      ...ofTheRig(file),
      ttlMs: String(Math.max(1, Math.round(1000 * ttlSeconds))),
      ...Object.fromEntries(written),
    }),
  );
}

export function split(text: string, delimiter: string): string[] {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  return delimiter === ' ' ? trimmed.split(/[ \t]+/) : trimmed.split(delimiter).map((word) => word.trim());
}

export function shorten(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

function count(n: number): string {
  return `${n} column${n === 1 ? '' : 's'}`;
}
