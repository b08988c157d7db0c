import { AXES, type AxisName } from '../../../../shared/gcode';

/** A status report of GRBL 1.1: `<Jog|MPos:0.000,0.000,0.000|FS:0,0|WCO:0.000,0.000,0.000>`. */
export interface GrblStatus {
  /** Idle, Run, Hold, Jog, Alarm, Door, Check, Home, Sleep. */
  state: string;
  /** Behind the colon: `Hold:0` stands, `Hold:1` still slows down. */
  sub: number | undefined;
  /** Machine and work position, in the units that it reports. */
  machine: readonly number[] | undefined;
  work: readonly number[] | undefined;
  /** Work coordinate offset: machine minus work; not in every report. */
  offset: readonly number[] | undefined;
  /** Switches that are pressed: letters. */
  pins: string;
}

/** What GRBL says in a line. */
export type GrblLine =
  | { kind: 'ok' }
  | { kind: 'error'; code: number }
  | { kind: 'alarm'; code: number }
  /** It has started, or was reset. */
  | { kind: 'welcome'; version: string }
  | { kind: 'status'; status: GrblStatus }
  | { kind: 'setting'; number: number; value: number }
  | { kind: 'message'; text: string }
  /** Nothing of GRBL's. */
  | { kind: 'unknown' };

const STATES = ['Idle', 'Run', 'Hold', 'Jog', 'Alarm', 'Door', 'Check', 'Home', 'Sleep'];
const UNKNOWN: GrblLine = { kind: 'unknown' };
const DECIMAL = /^-?\d{1,9}(\.\d{1,9})?$/;

export function readGrblLine(line: string): GrblLine {
  // An adapter that hears itself puts what was sent without a line end before what comes.
  const text = line.trim().replace(/^[?!~]+/, '');
  if (text === 'ok') return { kind: 'ok' };
  const numbered = /^(error|ALARM):(\d{1,3})$/.exec(text);
  if (numbered) return { kind: numbered[1] === 'error' ? 'error' : 'alarm', code: Number(numbered[2]) };
  const welcome = /^Grbl (\S{1,40})/.exec(text);
  if (welcome) return { kind: 'welcome', version: welcome[1] ?? '' };
  const setting = /^\$(\d{1,3})=(-?\d{1,9}(?:\.\d{1,9})?)/.exec(text);
  if (setting) return { kind: 'setting', number: Number(setting[1]), value: Number(setting[2]) };
  if (text.startsWith('[') && text.endsWith(']')) return { kind: 'message', text: text.slice(1, -1) };
  return (text.startsWith('<') && text.endsWith('>') && readStatus(text.slice(1, -1))) || UNKNOWN;
}

/** undefined for a report that was damaged on its way. */
function readStatus(body: string): GrblLine | undefined {
  const [head = '', ...fields] = body.split('|');
  const [state = '', sub] = head.split(':');
  if (!STATES.includes(state) || (sub !== undefined && !/^\d$/.test(sub))) return undefined;
  const status: GrblStatus = {
    ...{ state, sub: sub === undefined ? undefined : Number(sub), pins: '' },
    ...{ machine: undefined, work: undefined, offset: undefined },
  };
  for (const field of fields) {
    const [name, value = ''] = field.split(':');
    if (name === 'Pn') status.pins = value;
    if (name !== 'MPos' && name !== 'WPos' && name !== 'WCO') continue;
    const numbers = readNumbers(value);
    if (!numbers) return undefined;
    if (name === 'MPos') status.machine = numbers;
    else if (name === 'WPos') status.work = numbers;
    else status.offset = numbers;
  }
  return status.machine || status.work ? { kind: 'status', status } : undefined;
}

function readNumbers(value: string): number[] | undefined {
  const words = value.split(',');
  if (words.length > AXES.length || !words.every((word) => DECIMAL.test(word))) return undefined;
  return words.map(Number);
}

/** A jog to a place of the machine, mm, at `feed` mm/min: `$J=G21G90G53X-10.000F600`. */
export function jogLine(places: Partial<Record<AxisName, number>>, feed: number): string {
  const words = AXES.flatMap((axis) => {
    const place = places[axis];
    return place === undefined ? [] : [`${axis.toUpperCase()}${place.toFixed(3)}`];
  });
  return `$J=G21G90G53${words.join('')}F${Math.max(1, Math.round(feed))}`;
}
