const WIDTH = 96;
const HEIGHT = 20;

/** The first rows of a channel, small: that it is alive, and about what it does. A gap where a number is not known. */
export function Curve({ values }: { values: readonly (number | null)[] }) {
  const path = curvePath(values);
  if (path === '') return null;
  return (
    <svg className="import-curve" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path d={path} fill="none" stroke="currentColor" strokeWidth={1} />
    </svg>
  );
}

export function curvePath(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return '';
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const point = (value: number, i: number) => {
    const x = (WIDTH * i) / (values.length - 1);
    const share = high > low ? (value - low) / (high - low) : 0.5;
    return `${x.toFixed(1)} ${(1 + (HEIGHT - 2) * (1 - share)).toFixed(1)}`;
  };
  let isDown = false;
  return values
    .map((value, i) => {
      if (value === null) {
        isDown = false;
        return '';
      }
      const step = `${isDown ? 'L' : 'M'}${point(value, i)}`;
      isDown = true;
      return step;
    })
    .join('');
}
