import type { DynamicsModel, NamedArray, Normaliser } from './types';

/**
 * The same model under another normaliser: weights of the first and last layer and the bounds of the variance so that it
 * predicts what it did. With data that goes on growing, a model that goes on from its weights would otherwise see later states
 * in the units of the first few.
 *
 *   input   W z + b,  z = (x − μ) / σ           ⇒  W' = W σ' / σ,      b' = b + W (μ' − μ) / σ
 *   target  y = σ (W h + b) + μ                  ⇒  W' = W σ / σ',      b' = (σ b + μ − μ') / σ'
 *   ln σ²   raw and its bounds                   ⇒  + 2 ln (σ / σ')
 *
 * A column that had no spread keeps its weights: nothing was learned of it.
 * @param model of a class of Gaussian networks (classes/gaussian-network.ts)
 */
export function renormalised(model: DynamicsModel, normaliser: Normaliser): DynamicsModel {
  const { weights, normaliser: old } = model;
  const layers = [...weights.keys()].filter((name) => /^layer\d+\/kernel$/.test(name)).length;
  const changed = new Map(weights);
  const copy = (name: string): NamedArray => {
    const found = changed.get(name);
    if (found === undefined) throw new RangeError(`there is no array "${name}"`);
    const own = { shape: found.shape, values: found.values.slice() };
    changed.set(name, own);
    return own;
  };
  scaleInputs(copy('layer0/kernel'), copy('layer0/bias'), old, normaliser);
  const last = `layer${layers - 1}`;
  scaleTargets(copy(`${last}/kernel`), copy(`${last}/bias`), old, normaliser);
  for (const bound of ['min', 'max', 'fixed']) {
    if (!weights.has(`logVariance/${bound}`)) continue;
    const { values } = copy(`logVariance/${bound}`);
    const targets = normaliser.targetStd.length;
    for (let i = 0; i < values.length; i++) {
      values[i] += 2 * Math.log(ratio(old.targetStd, normaliser.targetStd, i % targets));
    }
  }
  return { ...model, weights: changed, normaliser };
}

/** σ / σ' of a column; 1 where either is none. */
function ratio(old: Float32Array, now: Float32Array, column: number): number {
  const [before, after] = [old[column], now[column]];
  return before === 0 || after === 0 ? 1 : before / after;
}

function scaleInputs(kernel: NamedArray, bias: NamedArray, old: Normaliser, now: Normaliser): void {
  const [members = 0, inputs = 0, units = 0] = kernel.shape;
  for (let member = 0; member < members; member++) {
    for (let i = 0; i < inputs; i++) {
      const std = old.inputStd[i];
      const scale = ratio(old.inputStd, now.inputStd, i);
      const shift = std === 0 ? 0 : (now.inputMean[i] - old.inputMean[i]) / std;
      for (let unit = 0; unit < units; unit++) {
        const at = (member * inputs + i) * units + unit;
        bias.values[member * units + unit] += kernel.values[at] * shift;
        kernel.values[at] /= scale;
      }
    }
  }
}

/** The first columns are the means, those behind them, where there are any, the logarithms of the variance. */
function scaleTargets(kernel: NamedArray, bias: NamedArray, old: Normaliser, now: Normaliser): void {
  const [members = 0, units = 0, outputs = 0] = kernel.shape;
  const targets = now.targetStd.length;
  for (let member = 0; member < members; member++) {
    for (let column = 0; column < outputs; column++) {
      const target = column % targets;
      const scale = ratio(old.targetStd, now.targetStd, target);
      const own = member * outputs + column;
      if (column >= targets) {
        bias.values[own] += 2 * Math.log(scale);
        continue;
      }
      const std = now.targetStd[target];
      const shift = std === 0 ? 0 : (old.targetMean[target] - now.targetMean[target]) / std;
      bias.values[own] = bias.values[own] * scale + shift;
      for (let unit = 0; unit < units; unit++)
        kernel.values[(member * units + unit) * outputs + column] *= scale;
    }
  }
}
