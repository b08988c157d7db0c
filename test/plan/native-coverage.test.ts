import { describe, expect, it } from 'vitest';
import { modelClass, predictionArrays } from '../../src/main/dynamics/classes';
import type { DirectClass } from '../../src/main/dynamics/classes/types';
import { OneStep } from '../../src/main/dynamics/evaluate/one-step';
import { MeanRollouts } from '../../src/main/dynamics/evaluate/rollout';
import { compileTerritory } from '../../src/main/dynamics/known-territory';
import { inputCount, type ModelLayout, modelLayout, targetCount } from '../../src/main/dynamics/layout';
import { lossMethod } from '../../src/main/dynamics/losses';
import {
  gradientClass,
  judgeProgram,
  type StepShape,
  trainProgram,
} from '../../src/main/dynamics/training/train-step';
import type { DynamicsModel, ModelChannels } from '../../src/main/dynamics/types';
import { untrainedModel } from '../../src/main/dynamics/untrained';
import { PlanSession } from '../../src/main/plan/session/session';
import { type Engine, listEngines, openEngine } from '../../src/main/tensor';
import { CLASS_OPTIONS, type ClassName, ClassOptions, TrainOptions } from '../../src/shared/model-options';
import { PLANNERS, type PlannerName, PlannerOptions, PropagationOptions } from '../../src/shared/plan';
import { Random } from '../../src/shared/random';

/**
 * Programs of the product with an operator that the native executor lacks, so that ONNX Runtime computes them: what
 * they are called, and the operator. One that gets its operators leaves this list.
 */
const LACKING: Record<string, string> = {};

const [native] = (await listEngines()).filter(({ name }) => name === 'native');
const CLASSES = CLASS_OPTIONS.map(({ shape }) => shape.name.value);
const GRADIENT_CLASSES = CLASSES.filter((name) => modelClass(name).kind === 'gradient');
/** Classes that give no distribution to unroll are trained on single steps. */
const SINGLE_STEPS: ClassName[] = ['energy', 'diffusion'];
const lossesOf = (name: ClassName) =>
  SINGLE_STEPS.includes(name) ? (['one-step'] as const) : (['one-step', 'k-step'] as const);
const SMALL: Partial<Record<ClassName, object>> = {
  energy: { negatives: 4, candidates: 4, langevinSteps: 2 },
  diffusion: { noiseLevels: 4, samplerSteps: 2 },
  bayesian: { posteriorSamples: 2 },
  ensemble: { members: 3, elites: 2 },
};
const optionsOf = (name: ClassName) =>
  ClassOptions.parse({
    name,
    ...(modelClass(name).kind === 'gradient' && { hiddenLayers: 1, hiddenUnits: 8 }),
    ...SMALL[name],
  });

/** The native engine, and of every program that it compiles the operator that it lacks. */
async function recorded(): Promise<{ engine: Engine; lacking: Record<string, string>; compiled: string[] }> {
  const engine = await openEngine('native');
  const lacking: Record<string, string> = {};
  const compiled: string[] = [];
  return {
    ...{ lacking, compiled },
    engine: {
      ...engine,
      async compile(program, inputs, options) {
        const result = await engine.compile(program, inputs, options);
        compiled.push(options.name);
        if (result.missing !== undefined) lacking[options.name] = result.missing;
        return result;
      },
    },
  };
}

const channel = (name: string, angle: boolean) => ({
  name,
  unit: '',
  angle,
  limits: [-4, 4] as [number, number],
});
const CHANNELS: ModelChannels = {
  observations: [channel('x', false), channel('angle', true)],
  actions: [{ ...channel('force', false), limits: [-1, 1] }],
  periodSeconds: 0.02,
};

async function modelOf(name: ClassName, engine: Engine): Promise<DynamicsModel> {
  const options = TrainOptions.parse({ class: optionsOf(name), history: 2 });
  const one = modelClass(name);
  if (one.kind === 'gradient') return untrainedModel(CHANNELS, options);
  const model = untrainedModel(CHANNELS, TrainOptions.parse({ history: 2 }));
  const layout = modelLayout(model.summary);
  const random = new Random(0);
  const rows = 24;
  const fitted = await (one as DirectClass).fit({
    ...{ layout, options: options.class, holdOut: undefined, engine, threads: 1, random },
    train: {
      rows,
      inputs: random.fillNormal(new Float32Array(rows * inputCount(layout))),
      targets: random.fillNormal(new Float32Array(rows * targetCount(layout))),
    },
    progress: async () => {},
  });
  return { ...model, summary: { ...model.summary, options, elites: [0] }, weights: fitted.weights };
}

const LAYOUT: ModelLayout = { angles: [false, true], actions: 1, history: 2, reward: true };
const TASK = {
  name: 'far',
  reward: '1 - x^2 - cos(angle) * force^2',
  termination: 'abs(x) > 2',
  maxSteps: 9,
};

describe.runIf(native?.available)('the native executor computes', () => {
  it.each(GRADIENT_CLASSES.flatMap((name) => lossesOf(name).map((loss) => [name, loss] as const)))(
    'training steps and hold-out losses of the class %s with the loss %s',
    async (name, loss) => {
      const { engine, lacking } = await recorded();
      const options = optionsOf(name);
      const one = gradientClass(options);
      const weights = one.initialWeights(LAYOUT, options, new Random(0));
      const [inputs, targets] = [inputCount(LAYOUT), targetCount(LAYOUT)];
      const ones = (count: number) => new Float32Array(count).fill(1);
      const lossOptions =
        loss === 'k-step' ? { name: loss, steps: 3, curriculum: false, decay: 1 } : { name: loss };
      const [stage] = lossMethod(loss).stages(lossOptions);
      if (!stage) throw new Error('a loss has stages');
      const shape: StepShape = {
        ...{ layout: LAYOUT, class: options, loss: lossOptions, stage, rows: 64, batch: 8, unroll: 2 },
        normaliser: {
          ...{ inputMean: ones(inputs), inputStd: ones(inputs) },
          ...{ targetMean: ones(targets), targetStd: ones(targets) },
        },
        weightDecay: 1e-4,
      };
      for (const { program, specs } of [trainProgram(weights, shape), judgeProgram(weights, shape, 8)]) {
        const compiled = await engine.compile(program, specs, { name: `${name} ${loss}` });
        await compiled.dispose();
      }
      expect(lacking).toEqual({});
    },
  );

  it.each(CLASSES)('predictions, evaluations and known territory of the class %s', async (name) => {
    const { engine, lacking, compiled } = await recorded();
    const model = await modelOf(name, engine);
    const arrays = predictionArrays(model);
    await (await OneStep.compile(engine, model, arrays, 16)).dispose();
    await (await MeanRollouts.compile(engine, model, arrays, { steps: 3, batch: 4 })).dispose();
    await (await compileTerritory(engine, model, { rows: 6, limit: 1 })).dispose();
    expect(compiled.length).toBeGreaterThanOrEqual(3);
    expect(lacking).toEqual(LACKING);
  });

  it.each(Object.keys(PLANNERS) as PlannerName[])('whole plans of the planner %s', async (method) => {
    const { engine, lacking, compiled } = await recorded();
    for (const members of ['once', 'fixed', 'step', 'moment'] as const) {
      const session = await PlanSession.compile(
        {
          ...{ modelFile: '', task: TASK, planner: PlannerOptions.parse({ method, horizon: 3 }) },
          propagation: PropagationOptions.parse({ particles: 2, members, limitPenalty: 1 }),
          ...{ actionLimits: [[-1, 1]], holdAction: [0], threads: 1, seed: 0 },
        },
        await modelOf('ensemble', engine),
        engine,
      );
      await session.close();
    }
    expect(compiled.length).toBeGreaterThan(4);
    expect(lacking).toEqual(LACKING);
  });
});
