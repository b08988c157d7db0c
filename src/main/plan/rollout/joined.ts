import type { RolloutResult } from '../source';

/** Results of several calls, each for a share of the candidates, as the result of one; a single one as it is. */
export function joinedResults(parts: readonly RolloutResult[]): RolloutResult {
  const [first] = parts;
  if (parts.length === 1 && first) return first;
  const floats = (name: 'variance' | 'violation' | 'stepsOutside' | 'states') => {
    const own = parts.flatMap((part) => part[name] ?? []);
    return own.length > 0 ? { [name]: inOne(own, (length) => new Float32Array(length)) } : {};
  };
  const doubles = (name: 'returns' | 'rounding') =>
    inOne(
      parts.map((part) => part[name]),
      (length) => new Float64Array(length),
    );
  return {
    ...{ returns: doubles('returns'), rounding: doubles('rounding') },
    ...{ ...floats('variance'), ...floats('violation'), ...floats('stepsOutside'), ...floats('states') },
  };
}

function inOne<T extends Float32Array | Float64Array>(parts: readonly T[], create: (length: number) => T): T {
  const whole = create(parts.reduce((sum, part) => sum + part.length, 0));
  let to = 0;
  for (const part of parts) {
    whole.set(part, to);
    to += part.length;
  }
  return whole;
}
