import { describe, expect, it, onTestFinished } from 'vitest';
import { SurpriseMeter, SurpriseThread } from '../../src/main/dynamics/surprise';
import { openEngine } from '../../src/main/tensor';
import { driftModel } from './models';

const meterOf = async (increments: number[], noise = 0.1) => {
  const engine = await openEngine();
  const meter = await SurpriseMeter.compile(engine, driftModel(increments, noise));
  onTestFinished(() => meter.close());
  return meter;
};
const step = (x: number, next: number) => ({ observations: [[x]], actions: [[0]], next: [next] });

describe('how far a model is off', () => {
  it('is the squared distance from the members’ mean, with the noise and the disagreement beside it', async () => {
    // Members that add 1 and 2: mean 1.5, variance of the members 0.25, noise 0.1².
    const meter = await meterOf([1, 2]);
    const [right, wrong] = await meter.measure([step(10, 11.5), step(10, 12.5)]);
    expect(right!.squaredError[0]).toBeCloseTo(0, 5);
    expect(wrong!.squaredError[0]).toBeCloseTo(1, 5);
    expect(right!.epistemic[0]).toBeCloseTo(0.25, 5);
    expect(right!.variance[0]).toBeCloseTo(0.26, 3);
  });

  it('is the same for a step alone and among many', async () => {
    const meter = await meterOf([0.5]);
    const steps = Array.from({ length: 100 }, (_, i) => step(i / 10, i / 9));
    const together = await meter.measure(steps);
    const alone = await Promise.all(steps.map((one) => meter.measure([one])));
    expect(alone.flat()).toEqual(together);
  });

  it('is a sentence in the thread when the model cannot be read', async () => {
    const thread = new SurpriseThread();
    await expect(thread.open('/nowhere/model.safetensors')).rejects.toThrow(
      'There is no file /nowhere/model.safetensors, where a model file was expected',
    );
    await thread.close();
    await expect(thread.measure([])).rejects.toThrow('ended');
  });
});
