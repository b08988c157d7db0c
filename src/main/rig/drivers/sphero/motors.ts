/** Modes of a motor in Set Raw Motor Values. */
export const MODE = { off: 0, forward: 1, reverse: 2, brake: 3 } as const;

/** Both motors braked, or both without current. */
export const motorData = (mode: number): Uint8Array => Uint8Array.of(mode, 0, mode, 0);

/** @param left, right share of full power, −1 to 1 */
export function drivenData(left: number, right: number, fullPower: number): Uint8Array {
  return Uint8Array.from(
    [left, right].flatMap((share) => {
      const power = Math.round(Math.min(1, Math.abs(share)) * fullPower);
      return power === 0 ? [MODE.brake, 0] : [share > 0 ? MODE.forward : MODE.reverse, power];
    }),
  );
}

/** The robot's end: what each motor is told, as a share of full power; undefined for what is no such command. */
export function motorShares(
  data: Uint8Array,
  fullPower: number,
): { shares: [number, number]; modes: [number, number] } | undefined {
  const [leftMode = 9, left = 0, rightMode = 9, right = 0] = data;
  if (data.length !== 4 || leftMode > 3 || rightMode > 3) return undefined;
  const share = (mode: number, power: number) =>
    mode === MODE.forward ? power / fullPower : mode === MODE.reverse ? -power / fullPower : 0;
  return { shares: [share(leftMode, left), share(rightMode, right)], modes: [leftMode, rightMode] };
}
