import type { DynamicsModel } from '../../src/main/dynamics/types';

/** One step of one member in plain numbers: the referee for everything that moves rows around. No angles, no history. */
export function memberStep(
  model: DynamicsModel,
  member: number,
  state: readonly number[],
  action: readonly number[],
): number[] {
  const { summary, normaliser, weights } = model;
  const layers = (summary.options.class as { hiddenLayers: number }).hiddenLayers;
  let values = [...state, ...action].map(
    (v, i) => (v - (normaliser.inputMean[i] ?? 0)) / (normaliser.inputStd[i] ?? 1),
  );
  for (let layer = 0; layer <= layers; layer++) {
    const kernel = weights.get(`layer${layer}/kernel`);
    const bias = weights.get(`layer${layer}/bias`);
    const [, inputs = 0, units = 0] = kernel?.shape ?? [];
    values = Array.from({ length: units }, (_, unit) => {
      let sum = bias?.values[member * units + unit] ?? 0;
      for (let i = 0; i < inputs; i++) {
        sum += (values[i] ?? 0) * (kernel?.values[(member * inputs + i) * units + unit] ?? 0);
      }
      return layer < layers ? sum / (1 + Math.exp(-sum)) : sum;
    });
  }
  return state.map(
    (s, i) => s + (values[i] ?? 0) * (normaliser.targetStd[i] ?? 1) + (normaliser.targetMean[i] ?? 0),
  );
}

/** States of a member under actions, the start first: [steps + 1][observations]. */
export function memberRollout(
  model: DynamicsModel,
  member: number,
  start: readonly number[],
  actions: readonly (readonly number[])[],
): number[][] {
  const states = [[...start]];
  for (const action of actions) states.push(memberStep(model, member, states.at(-1) ?? [], action));
  return states;
}
