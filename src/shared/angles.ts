/** An angle in rad brought to [−π, π). */
export function wrapAngle(angle: number): number {
  const turn = 2 * Math.PI;
  const wrapped = angle - turn * Math.floor((angle + Math.PI) / turn);
  // Rounding can put an angle just below −π on π itself.
  return wrapped >= Math.PI ? wrapped - turn : wrapped;
}
