import type { MainModule, MjModel } from '@mujoco/mujoco';
import type { PlantChange } from '../../../../shared/rig';

/** A change of the plant with its name resolved: index of the actuator, degree of freedom or body. */
export interface BoundChange extends Pick<PlantChange, 'atStep' | 'fromEpisode' | 'until'> {
  kind: 'gain' | 'damping' | 'mass';
  index: number;
  /** On what the model says. */
  factor: number;
}

/** Numbers of one actuator in gainprm and biasprm. */
const ACTUATOR_PARAMETERS = 10;
const ARRAYS = ['actuator_gainprm', 'actuator_biasprm', 'dof_damping', 'body_mass', 'body_inertia'] as const;

/** Wear, slip and load on a running plant: applies the changes of a rig file when their time has come. */
export class PlantChanges {
  #episode = 0;
  #steps = 0;
  #active: BoundChange[] = [];
  readonly #original: Record<(typeof ARRAYS)[number], Float64Array>;

  constructor(
    private readonly module: MainModule,
    private readonly model: MjModel,
    private readonly changes: readonly BoundChange[],
  ) {
    const copy = (name: (typeof ARRAYS)[number]) => Float64Array.from(this.model[name] as Float64Array);
    this.#original = {
      ...{ actuator_gainprm: copy('actuator_gainprm'), actuator_biasprm: copy('actuator_biasprm') },
      ...{ dof_damping: copy('dof_damping') },
      ...{ body_mass: copy('body_mass'), body_inertia: copy('body_inertia') },
    };
  }

  /** An episode begins. */
  reset(): void {
    this.#episode++;
    this.#steps = 0;
    const lasting = this.#active.filter(({ until }) => until === 'disconnect');
    if (lasting.length < this.#active.length) this.#apply(lasting);
  }

  /** Before every control period. */
  step(): void {
    if (this.changes.length === 0) return;
    const due = this.changes.filter(
      (change) =>
        change.atStep === this.#steps &&
        change.fromEpisode <= this.#episode &&
        !this.#active.includes(change),
    );
    this.#steps++;
    if (due.length > 0) this.#apply([...this.#active, ...due]);
  }

  #apply(active: BoundChange[]): void {
    this.#active = active;
    for (const name of ARRAYS) (this.model[name] as Float64Array).set(this.#original[name]);
    for (const { kind, index, factor } of active) {
      const scale = (name: (typeof ARRAYS)[number], size: number) => {
        const values: Float64Array = this.model[name];
        for (let i = index * size; i < (index + 1) * size; i++) values[i] = (values[i] ?? 0) * factor;
      };
      if (kind === 'gain') {
        // Gain and bias together: a position servo gets weaker and keeps its aim.
        scale('actuator_gainprm', ACTUATOR_PARAMETERS);
        scale('actuator_biasprm', ACTUATOR_PARAMETERS);
      }
      if (kind === 'damping') scale('dof_damping', 1);
      if (kind === 'mass') {
        scale('body_mass', 1);
        scale('body_inertia', 3);
      }
    }
    if (!this.changes.some(({ kind }) => kind === 'mass')) return;
    // What MuJoCo derives from masses; it needs a state to work in, and must not have the plant's.
    const scratch = new this.module.MjData(this.model);
    this.module.mj_setConst(this.model, scratch);
    scratch.delete();
  }
}
