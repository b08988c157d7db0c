/**
 * Distances of a joint whose commanded speed may fall by `fall` (speed a period; Infinity: at once) from period to period, and that goes
 * on for `reaction` seconds at a speed before it follows the next one.
 */
export interface Braking {
  periodSeconds: number;
  fall: number;
  reaction: number;
}

/**
 * How far it goes from a speed until it stands: with T the period, u the fall and ρ the reaction,
 * T · (v + (v − u) + (v − 2u) + …) + ρ · v, of the positive terms.
 */
export function stoppingDistance(speed: number, { periodSeconds, fall, reaction }: Braking): number {
  if (speed <= 0) return 0;
  const whole = Math.floor(speed / fall);
  const steps = (whole + 1) * speed - (fall === Infinity ? 0 : (fall * whole * (whole + 1)) / 2);
  return periodSeconds * steps + reaction * speed;
}

/**
 * The highest speed from which it stands within `room`; 0 where there is none. The inverse of the distance, which is straight between
 * whole multiples of the fall.
 */
export function speedWithin(room: number, { periodSeconds, fall, reaction }: Braking): number {
  if (!(room > 0)) return 0;
  if (fall === Infinity) return room / (periodSeconds + reaction);
  // The largest n with T u n(n + 1)/2 + ρ u n ≤ room.
  const half = (periodSeconds * fall) / 2;
  const linear = half + reaction * fall;
  const whole = Math.floor((Math.sqrt(linear * linear + 4 * half * room) - linear) / (2 * half));
  const atWhole = half * whole * (whole + 1) + reaction * fall * whole;
  return whole * fall + Math.max(0, room - atWhole) / (periodSeconds * (whole + 1) + reaction);
}
