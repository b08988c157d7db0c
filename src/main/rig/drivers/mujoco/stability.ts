import type { MainModule, MjData } from '@mujoco/mujoco';

/** What MuJoCo checks in every step, and what a step leaves behind unchecked. */
const CHECKED = ['qpos', 'qvel', 'qacc'] as const;

/**
 * Notices a simulation that diverged. MuJoCo counts a warning and, unless the model forbids it (`autoreset`), resets
 * the simulation in the middle of a step, clock included; what the last integration of a step made is checked by its next
 * step only. So the numbers themselves are looked at after every step, by MuJoCo's own measure (`mjMAXVAL`), and then the
 * clock and the counters for what a reset has wiped away.
 */
export class Stability {
  /** Windows into MuJoCo's memory: getting one is dearer than looking through it. */
  private arrays: Float64Array[] = [];
  private readonly warnings: number[];

  constructor(
    private readonly module: MainModule,
    private readonly data: MjData,
  ) {
    const { mjWARN_BADQPOS, mjWARN_BADQVEL, mjWARN_BADQACC } = module.mjtWarning;
    this.warnings = [mjWARN_BADQPOS, mjWARN_BADQVEL, mjWARN_BADQACC].map(({ value }) => value);
  }

  /** @param timeBefore the simulation's clock before the step that was just made */
  isLost(timeBefore: number): boolean {
    if (this.data.time <= timeBefore) return true;
    // A reset in the very first step leaves the clock where it would be without one.
    if (timeBefore === 0 && this.hasWarned()) return true;
    return this.isBeyond(this.current());
  }

  /** @param arrays of which a number that is none, or is larger than MuJoCo takes, makes the simulation worthless */
  isBeyond(arrays: readonly Float64Array[]): boolean {
    const most = this.module.mjMAXVAL;
    for (const array of arrays) {
      // Written so that NaN is beyond as well.
      for (let i = 0; i < array.length; i++) if (!(Math.abs(array[i]!) <= most)) return true;
    }
    return false;
  }

  private hasWarned(): boolean {
    return this.warnings.some((kind) => {
      const warning = this.data.warning.get(kind);
      const times = warning?.number ?? 0;
      warning?.delete();
      return times > 0;
    });
  }

  /** A window is empty once MuJoCo's memory has grown. */
  private current(): readonly Float64Array[] {
    if (this.arrays.length === 0 || this.arrays.some((array) => array.byteLength === 0)) {
      this.arrays = CHECKED.map((name) => this.data[name] as Float64Array).filter(({ length }) => length > 0);
    }
    return this.arrays;
  }
}
