const MINUS = '−';

/**
 * A number for reading: `digits` significant digits, a real minus sign, no exponent between 0.001 and 100 000.
 * "–" where there is none.
 */
export function formatNumber(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`;
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text =
    size >= 1e5 || size < 1e-3
      ? size.toExponential(Math.max(0, digits - 1)).replace('e+', 'e')
      : size.toFixed(Math.max(0, Math.min(20, digits - 1 - Math.floor(Math.log10(size)))));
  return (value < 0 ? MINUS : '') + text.replace('e-', `e${MINUS}`);
}

/** A live reading: always the same number of decimals, so that the eye sees change and not width. */
export function formatReading(value: number, decimals = 3): string {
  if (Number.isNaN(value)) return '–';
  const text = Math.abs(value).toFixed(decimals);
  return (value < 0 && Number(text) !== 0 ? MINUS : ' ') + text;
}

/** "12.3 s", "4 min 05 s", "2 h 03 min". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** "1 step", "12 steps"; thousands set apart by a thin space. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${groupDigits(count)} ${count === 1 ? one : many}`;
}

export function groupDigits(count: number): string {
  return String(Math.trunc(count)).replace(/\B(?=(\d{3})+$)/g, '\u2009');
}

/** Unit for a label; dimensionless channels have none. */
export function unitLabel(unit: string): string {
  return unit === '1' || unit === '' ? '' : unit;
}

export function withUnit(text: string, unit: string): string {
  const label = unitLabel(unit);
  return label === '' ? text : `${text} ${label}`;
}

/** Local date and time without seconds for lists: "2026-03-04 17:05". */
export function formatTime(unixMs: number): string {
  const date = new Date(unixMs);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The short form for narrow columns: "17:05:09" today, "4 Mar 17:05" this year, "2025-03-04" before. */
export function formatWhen(unixMs: number, nowMs: number): string {
  const [full, today] = [formatTime(unixMs), formatTime(nowMs)];
  const date = new Date(unixMs);
  if (full.slice(0, 10) === today.slice(0, 10)) {
    return `${full.slice(11)}:${String(date.getSeconds()).padStart(2, '0')}`;
  }
  if (full.slice(0, 4) !== today.slice(0, 4)) return full.slice(0, 10);
  return `${date.getDate()} ${MONTHS[date.getMonth()]} ${full.slice(11)}`;
}

/** Words for identifiers from the core: "serial_errors" and "serialErrors" → "serial errors". */
export function spaced(identifier: string): string {
  return identifier
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .toLowerCase();
}
