/** The value of an ascending list that is nearest to x; of two equally near ones the lower. */
export function nearestValue(values: ArrayLike<number>, x: number): number {
  let nearest = values[0] ?? Number.NaN;
  for (let i = 1; i < values.length; i++) {
    const value = values[i];
    if (Math.abs(value - x) < Math.abs(nearest - x)) nearest = value;
  }
  return nearest;
}
