import type { MainModule, MjModel } from '@mujoco/mujoco';
import type { ActionChannel } from '../../../../shared/rig';

/** By this share of its size a limit may lie outside of a range: what 0.1 · 3 is off for being written in binary. */
const ROUNDING = 1e-9;

/**
 * Would MuJoCo apply less than an action's limits allow? What is recorded would then not be what was applied.
 * @returns what is expected of `limits`, null where everything within them is applied as it is
 */
export function clippedLimits(
  module: MainModule,
  model: MjModel,
  actuator: number,
  { limits, scale, actuator: name }: Pick<ActionChannel, 'limits' | 'scale' | 'actuator'>,
): string | null {
  const range: ArrayLike<number> = model.actuator_ctrlrange;
  const [low, high] = [range[2 * actuator] ?? 0, range[2 * actuator + 1] ?? 0];
  // Without limits a range is [0, 0].
  if (low >= high) return null;
  const [from, to] = limits.map((limit) => limit * scale).sort((a, b) => a - b);
  const tolerance = ROUNDING * Math.max(Math.abs(low), Math.abs(high));
  if (from === undefined || to === undefined || (from >= low - tolerance && to <= high + tolerance))
    return null;
  if (!isClipped(module, model, actuator, low, high)) return null;
  const times = scale === 1 ? '' : `, times the scale ${scale},`;
  const which = typeof name === 'string' ? `"${name}" ` : '';
  return (
    `limits${times} within the ctrlrange ${low} to ${high} of the model's actuator ${which}` +
    `(it clips what is outside of it), found ${limits[0]} to ${limits[1]}`
  );
}

/**
 * Does MuJoCo clip a control to its range? Whether an actuator is limited is a vector of bool, which the WebAssembly build
 * cannot hand out, so MuJoCo is asked what it makes of a control beyond the range.
 */
function isClipped(module: MainModule, model: MjModel, actuator: number, low: number, high: number): boolean {
  const data = new module.MjData(model);
  const forceRange: Float64Array = model.actuator_forcerange;
  const before = Float64Array.from(forceRange);
  const activation = (model.actuator_actadr as ArrayLike<number>)[actuator] ?? -1;
  const control = (model.actuator_ctrladr as ArrayLike<number>)[actuator] ?? actuator;
  const responseTo = (value: number): number[] => {
    (data.ctrl as Float64Array)[control] = value;
    module.mj_fwdActuation(model, data);
    return [data.actuator_force[actuator], activation < 0 ? 0 : data.act_dot[activation]];
  };
  const same = (a: number[], b: number[]) => a.every((value, i) => value === b[i]);
  try {
    // A force that is at its own limit shows nothing of the control's.
    for (let i = 0; i < forceRange.length; i += 2) forceRange.set([-Number.MAX_VALUE, Number.MAX_VALUE], i);
    module.mj_resetData(model, data);
    module.mj_fwdPosition(model, data);
    module.mj_fwdVelocity(model, data);
    const inside = responseTo((low + high) / 2);
    const [atEnd, beyond] = [responseTo(high), responseTo(2 * high - low)];
    // What answers to nothing (a control that takes effect later) is limited, as a range says that stands there.
    return same(atEnd, inside) || same(atEnd, beyond);
  } finally {
    forceRange.set(before);
    data.delete();
  }
}
