import { DEFAULT_ENGINE, type EngineName } from '../../shared/model-options';
import { mean, shareOf } from '../../shared/statistics';
import { openEngine } from '../tensor';
import { type StepSizes, TrainingSteps } from './training-steps';

/** What resident memory may grow by after warming up. */
export const MEMORY_BAR_MB = 50;

const SIZES: StepSizes = {
  network: { hiddenLayers: 2, hiddenUnits: 32 },
  members: 5,
  batch: 32,
  unroll: 8,
};
const THREADS = 2;
const READINGS = 20;
/** Share of the steps in which allocators find their size. */
const WARM_UP = 0.2;

export interface MemoryReading {
  step: number;
  /** Resident memory of this process, 10⁶ bytes. */
  residentMB: number;
}
export interface MemoryReport {
  engine: EngineName;
  steps: number;
  readings: MemoryReading[];
  /** Readings from this step on count. */
  warmUpSteps: number;
  /** The highest reading after warming up, less the first one after it. */
  growthMB: number;
  /** The last third's mean, less the mean of the third after warming up: what grows without end shows here. */
  driftMB: number;
  flat: boolean;
}

/**
 * Runs the real training program of a small ensemble and watches this process's resident memory.
 * @param onReading called about twenty times, evenly over the steps
 */
export async function benchMemory({
  steps,
  engine: name = DEFAULT_ENGINE,
  collect = () => {},
  onReading = () => {},
}: {
  steps: number;
  engine?: EngineName;
  /** Called before every reading: a collector of garbage, where what is merely not collected yet should not count. */
  collect?: () => void;
  onReading?: (reading: MemoryReading) => void;
}): Promise<MemoryReport> {
  const engine = await openEngine(name);
  const sizes = { ...SIZES, unroll: engine.eager ? 1 : SIZES.unroll };
  const training = await TrainingSteps.compile(engine, sizes, THREADS);
  const readings: MemoryReading[] = [];
  const read = (step: number) => {
    collect();
    const reading = { step, residentMB: process.memoryUsage.rss() / 1e6 };
    readings.push(reading);
    onReading(reading);
  };
  try {
    let done = 0;
    read(done);
    for (let reading = 1; reading <= READINGS; reading++) {
      for (; done < (reading * steps) / READINGS; done += sizes.unroll) await training.call();
      read(done);
    }
    return { engine: engine.name, steps: done, readings, ...judged(readings) };
  } finally {
    await training.dispose();
  }
}

/** What the readings after warming up say. */
export function judged(
  readings: readonly MemoryReading[],
): Pick<MemoryReport, 'warmUpSteps' | 'growthMB' | 'driftMB' | 'flat'> {
  const first = shareOf(WARM_UP, readings.length - 1);
  const counted = readings.slice(first).map(({ residentMB }) => residentMB);
  const third = Math.max(1, Math.floor(counted.length / 3));
  const growthMB = Math.max(...counted) - (counted[0] ?? 0);
  return {
    warmUpSteps: readings[first]?.step ?? 0,
    growthMB,
    driftMB: mean(counted.slice(-third)) - mean(counted.slice(0, third)),
    flat: growthMB <= MEMORY_BAR_MB,
  };
}
