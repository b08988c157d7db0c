import { knownOrNull } from '../../shared/known';
import type { LinkState } from '../../shared/telemetry';
import type { Driver } from '../rig/driver';
import type { CommandGuard } from './command-guard';
import type { DeadMan } from './dead-man';

/** What of a state tells how the rig is: what its motors say, and whether it may begin to move. `now`: s, the host's clock. */
export function healthOf(
  driver: Pick<Driver, 'latest' | 'motorReadings'>,
  guard: CommandGuard,
  { wanted, held }: Pick<DeadMan, 'wanted' | 'held'>,
  now: number,
): Pick<LinkState, 'motors' | 'health'> {
  const observation = driver.latest();
  const motors = driver.motorReadings?.();
  const age = observation === undefined ? Number.NaN : Math.max(0, now - observation.hostSeconds) * 1000;
  return {
    health: {
      observationAgeMs: knownOrNull(age),
      deadMan: { wanted, held },
      outside: observation === undefined ? [] : guard.outside(observation.values),
    },
    ...(motors && {
      motors: motors.map(({ name, id, torque, doubt, ...read }) => ({
        ...{ name, id, torque, doubt },
        goal: knownOrNull(read.goal),
        position: knownOrNull(read.position),
        current: knownOrNull(read.current),
        voltage: knownOrNull(read.voltage),
        temperature: knownOrNull(read.temperature),
        confirmedMs: knownOrNull(read.confirmedMs),
      })),
    }),
  };
}
