import type { MjModel } from '@mujoco/mujoco';

/** MuJoCo's viewer leaves groups 3 to 5 (collision shapes) out. */
export const LAST_VISIBLE_GROUP = 2;
/** What a geom's colour is when nobody gave it one: its material's counts then. */
const NO_COLOUR = [0.5, 0.5, 0.5, 1];

export type Rgba = [red: number, green: number, blue: number, alpha: number];

/** As MuJoCo's viewer chooses it: a material's colour unless the geom has one of its own. */
export function geomColour(model: MjModel, geom: number): Rgba {
  const rgba = (values: ArrayLike<number>, index: number): Rgba => {
    const at = (part: number) => values[4 * index + part] ?? Number.NaN;
    return [at(0), at(1), at(2), at(3)];
  };
  const own = rgba(model.geom_rgba, geom);
  const material = (model.geom_matid as ArrayLike<number>)[geom] ?? -1;
  return material >= 0 && own.every((part, i) => part === NO_COLOUR[i])
    ? rgba(model.mat_rgba, material)
    : own;
}
