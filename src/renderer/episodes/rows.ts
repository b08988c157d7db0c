/** Row whose time is nearest; rows are in the order of time. */
export function nearestRow(seconds: readonly number[], second: number): number {
  let low = 0;
  let high = seconds.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((seconds[middle] ?? 0) < second) low = middle + 1;
    else high = middle;
  }
  const before = low - 1;
  return before >= 0 && second - (seconds[before] ?? 0) < (seconds[low] ?? 0) - second
    ? before
    : Math.max(0, low);
}
