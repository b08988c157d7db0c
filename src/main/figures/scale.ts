/** One axis of a chart: what it is called and which numbers it shows. */
export interface Axis {
  label?: string;
  /** Written behind the label in brackets. */
  unit?: string;
  /** Logarithmic; values of 0 and below are not drawn. */
  log?: boolean;
  /** Numbers at the ends; of the data, widened to round numbers, when left out. */
  range?: [number, number];
  /** Does a linear axis begin at 0, whatever the data? */
  fromZero?: boolean;
  /** Numbers that get a tick, instead of round ones. */
  ticks?: number[];
}

export interface Scale {
  low: number;
  high: number;
  log: boolean;
  ticks: { value: number; label: string }[];
  /** Share of the axis, 0 at its low end. */
  at(value: number): number;
}

const NICE = [1, 2, 2.5, 5, 10];
/** Below this a number is zero to an axis: powers of ten end soon after it. */
const SMALLEST = 1e-290;

/** The smallest of 1, 2, 2.5, 5 times a power of ten that makes at most `count` steps of `span`. */
export function niceStep(span: number, count: number): number {
  const raw = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const nice = NICE.find((step) => step * power >= raw * (1 - 1e-9)) ?? 10;
  return nice * power;
}

/** The scale of an axis for these values; numbers that are not finite do not count. */
export function scaleFor(values: Iterable<number | null>, axis: Axis, count = 5): Scale {
  const usable = [...values].filter(
    (value): value is number => value !== null && Number.isFinite(value) && (!axis.log || value > SMALLEST),
  );
  let low = axis.range?.[0] ?? usable.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  let high = axis.range?.[1] ?? usable.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(low) || !Number.isFinite(high)) [low, high] = axis.log ? [0.1, 1] : [0, 1];
  return axis.log ? logScale(low, high, axis, count) : linearScale(low, high, axis, count);
}

function linearScale(lowest: number, highest: number, axis: Axis, count: number): Scale {
  let [low, high] = [lowest, highest];
  if (axis.fromZero && !axis.range) [low, high] = [Math.min(0, low), Math.max(0, high)];
  // Numbers that differ by rounding alone, or by less than has a decimal power, have no axis between them.
  const largest = Math.max(Math.abs(low), Math.abs(high));
  if (!(high - low > Math.max(SMALLEST, 1e-12 * largest))) {
    const room = largest > SMALLEST ? largest / 10 : 0.5;
    [low, high] = [low - room, low + room];
  }
  const step = niceStep(high - low, count);
  if (!axis.range) {
    low = Math.floor(low / step + 1e-9) * step;
    high = Math.ceil(high / step - 1e-9) * step;
  }
  const first = Math.ceil(low / step - 1e-9);
  const steps = Math.floor(high / step + 1e-9) - first;
  const round = Array.from({ length: steps + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  const values = (axis.ticks ?? round).filter((value) => value >= low && value <= high);
  return {
    ...{ low, high, log: false },
    ticks: values.map((value) => ({ value, label: tickLabel(value) })),
    at: (value) => (value - low) / (high - low),
  };
}

function logScale(lowest: number, highest: number, axis: Axis, count: number): Scale {
  let [low, high] = [lowest, highest];
  // Less than a factor of two would be a line across the middle with no tick at all.
  if (high / low < 2) [low, high] = [low / Math.SQRT2, high * Math.SQRT2];
  if (!axis.range) [low, high] = [low / 1.08, high * 1.08];
  const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const inside = (value: number) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9);
  const withMantissas = (mantissas: number[], every = 1) =>
    Array.from({ length: to - from + 1 }, (_, i) => from + i)
      .filter((power) => power % every === 0)
      .flatMap((power) => mantissas.map((mantissa) => Number(`${mantissa}e${power}`)))
      .filter(inside);
  const choices = [[1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]].map((mantissas) => withMantissas(mantissas));
  const sparse = Array.from({ length: 20 }, (_, i) => withMantissas([1], i + 2));
  const values =
    axis.ticks?.filter(inside) ?? [...choices, ...sparse].find((list) => list.length <= count + 1);
  const [begin, end] = [Math.log(low), Math.log(high)];
  return {
    ...{ low, high, log: true },
    ticks: (values ?? []).map((value) => ({ value, label: tickLabel(value) })),
    at: (value) => (Math.log(value) - begin) / (end - begin),
  };
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A number as it stands at a tick: short, with a real minus, powers of ten where it would be long. */
export function tickLabel(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1e5 || size < 1e-3) {
    const [mantissa = '1', exponent = '0'] = value.toExponential(2).split('e');
    const power = [...String(Math.abs(Number(exponent)))]
      .map((digit) => SUPERSCRIPTS[Number(digit)])
      .join('');
    const ten = `10${Number(exponent) < 0 ? '⁻' : ''}${power}`;
    const factor = Number(mantissa);
    if (Math.abs(factor) === 1) return factor < 0 ? `−${ten}` : ten;
    return `${minus(String(factor))}·${ten}`;
  }
  return minus(String(Number(value.toPrecision(6))));
}

const minus = (digits: string): string => digits.replace('-', '−');
