import type { CalibrationInForce } from '../../shared/calibration';
import { ForesightError } from '../../shared/errors';
import type { RigFile } from '../../shared/rig';
import type { RunCheck } from '../../shared/safety/checks';
import type { MotorState } from '../../shared/safety/health';
import { isServoDriver } from '../../shared/servos';
import type { LinkState, RigStatus } from '../../shared/telemetry';

/** Older than this, ms, and nobody knows where the rig is; finer judgement is the control loop's, at every step. */
const STALE_MS = 1000;
/** Shares of what was received that were lost: worth a remark, and too much to start with. */
const LOSSY = 0.005;
const BROKEN = 0.05;
const LOST = /bad|lost|crc|garbage|unanswered/i;
const RECEIVED = /^(frames|packets|answers|observations|lines)$/;
/** A supply that is so much lower at one motor than at the others is a bad plug. */
const VOLTAGE_SHARE = 0.85;

/** What is looked at before a recording or a run may begin, each with what was found. */
export function runChecks(rig: RigFile, { link, mode }: Pick<RigStatus, 'link' | 'mode'>): RunCheck[] {
  // A simulation that stands still between steps has neither a line nor anybody who could be hurt.
  if (mode === 'lockstep') return [phaseCheck(link)];
  return [
    phaseCheck(link),
    linkCheck(link),
    observationCheck(link),
    limitsCheck(rig, link),
    ...(link.motors?.length ? [motorsCheck(rig, link.motors)] : []),
    ...(link.info?.calibration ? [calibrationCheck(link.info.calibration)] : []),
    watchdogCheck(rig, link),
    ...(link.health?.deadMan.wanted ? [deadManCheck(link.health.deadMan.held)] : []),
  ];
}

/** @throws ForesightError rig-refused with every check that refuses */
export function requirePassed(checks: readonly RunCheck[]): void {
  const refused = checks.filter(({ result }) => result === 'refused');
  if (refused.length === 0) return;
  throw new ForesightError(
    'rig-refused',
    `The rig does not begin to move: ${refused.map(({ found }) => found).join(' ')}`,
    refused.map(({ next }) => next ?? '').join(' '),
  );
}

/** Whether a model or a policy was made for this rig. @param against what speaks against it */
export function madeForCheck(id: 'model' | 'policy', name: string, against: ForesightError | null): RunCheck {
  if (against) return { id, result: 'refused', found: against.message, next: against.next };
  return passed(id, `The ${id} "${name}" has the channels and the period of this rig.`);
}

const passed = (id: RunCheck['id'], found: string): RunCheck => ({ id, result: 'passed', found, next: null });

function phaseCheck({ phase, reason }: LinkState): RunCheck {
  if (phase === 'ready' || phase === 'running') return passed('phase', 'The rig obeys commands.');
  return {
    ...{ id: 'phase', result: 'refused' },
    found: `The rig does not move now: ${reason}`,
    next: 'Press Resume first.',
  };
}

function linkCheck({ counters, error }: LinkState): RunCheck {
  // It may be over: what begins takes it back, and says anew what is still there.
  if (error) return { id: 'link', result: 'remark', found: error.message, next: error.next };
  const sum = (pattern: RegExp) =>
    Object.entries(counters).reduce((all, [name, count]) => (pattern.test(name) ? all + count : all), 0);
  const [lost, received] = [sum(LOST), Math.max(...counts(counters), 0)];
  if (received === 0 || lost === 0) return passed('link', 'Nothing was lost on the link.');
  const share = lost / (lost + received);
  const words = `${(100 * share).toFixed(share < 0.01 ? 2 : 0)} % of what came over the link was lost or damaged.`;
  if (share < LOSSY) return passed('link', words);
  return {
    id: 'link',
    result: share < BROKEN ? 'remark' : 'refused',
    found: words,
    next: 'Check the cable and its plugs, then connect again: the count begins anew.',
  };
}

const counts = (counters: LinkState['counters']): number[] =>
  Object.entries(counters).flatMap(([name, count]) => (RECEIVED.test(name) ? [count] : []));

function observationCheck({ health }: LinkState): RunCheck {
  const age = health?.observationAgeMs ?? null;
  if (age !== null && age <= STALE_MS) return passed('observation', 'Observations come.');
  return {
    ...{ id: 'observation', result: 'refused' },
    found:
      age === null
        ? 'Nothing was observed of the rig yet.'
        : `The newest observation is ${(age / 1000).toFixed(1)} s old.`,
    next: 'Look at the link in the room Rig, and connect again if nothing comes.',
  };
}

function limitsCheck(rig: RigFile, { health }: LinkState): RunCheck {
  const outside = health?.outside ?? [];
  if (outside.length === 0) return passed('limits', 'Every joint is within its limits.');
  const goesToStart = isLedToStart(rig);
  return {
    id: 'limits',
    result: goesToStart ? 'remark' : 'refused',
    found: outside.join(' '),
    next: goesToStart
      ? 'The way to its start brings it back; see that nothing is in that way.'
      : 'Jog it back to where it may be.',
  };
}

/** A simulation is put to its start, and devices that know theirs go there: that is how they come back within their limits. */
function isLedToStart({ driver, servos, text, rosbridge, gcode }: RigFile): boolean {
  if (isServoDriver(driver))
    return Object.values(servos?.motors ?? {}).some(({ start }) => start !== undefined);
  if (driver === 'text') return (text?.reset.length ?? 0) > 0;
  if (driver === 'rosbridge') return rosbridge?.reset !== undefined;
  if (driver === 'gcode') return Object.values(gcode?.axes ?? {}).some(({ start }) => start !== undefined);
  return driver === 'mujoco' || driver === 'serial';
}

function motorsCheck(rig: RigFile, motors: readonly MotorState[]): RunCheck {
  const driven = motors.filter(({ name }) => rig.servos?.motors[name]?.passive !== true);
  const supplied = motors.flatMap(({ voltage }) => (voltage !== null && voltage > 0 ? [voltage] : []));
  const troubles = driven.flatMap(({ name, id, torque, doubt, voltage }) => {
    const others = (supplied.reduce((sum, one) => sum + one, 0) - (voltage ?? 0)) / (supplied.length - 1);
    return [
      ...(torque === false ? [`"${name}" (motor ${id}) exerts no torque.`] : []),
      ...(doubt !== null ? [`"${name}" (motor ${id}): ${doubt}.`] : []),
      ...(voltage !== null && voltage < VOLTAGE_SHARE * others
        ? [`"${name}" (motor ${id}) has ${voltage.toFixed(1)} V, the others ${others.toFixed(1)} V.`]
        : []),
    ];
  });
  if (troubles.length > 0) {
    return {
      ...{ id: 'motors', result: 'refused', found: troubles.join(' ') },
      next: 'Check their supply and plugs, then press Hold and Resume.',
    };
  }
  const hottest = Math.max(...motors.map(({ temperature }) => temperature ?? Number.NEGATIVE_INFINITY));
  const heat = Number.isFinite(hottest) ? `, the hottest at ${hottest.toFixed(0)} °C` : '';
  return passed('motors', `${driven.length} motors exert torque${heat}.`);
}

function calibrationCheck({ device, version, mismatch }: CalibrationInForce): RunCheck {
  const next = 'Calibrate the rig in the room Rig, or put the version in force that fits.';
  if (mismatch !== null) return { id: 'calibration', result: 'refused', found: mismatch, next };
  if (version !== null) return passed('calibration', `Version ${version} of the calibration is in force.`);
  const found = 'No calibration is in force: zeros and limits are those of the rig file.';
  if (device.kind === 'simulated') return passed('calibration', found);
  return { id: 'calibration', result: 'remark', found, next: 'Calibrate it in the room Rig.' };
}

function watchdogCheck(rig: RigFile, { readback }: LinkState): RunCheck {
  const { watchdogSeconds } = rig.safety;
  const after = `${watchdogSeconds} s without a command`;
  if (rig.driver === 'dynamixel') {
    if (readback)
      return passed('watchdog', `Every motor stops by itself after ${after}: read back with its torque.`);
    return {
      ...{ id: 'watchdog', result: 'refused', found: "The motors' own watchdog was not read back." },
      next: 'Press Hold, then Resume.',
    };
  }
  if (isServoDriver(rig.driver)) {
    return {
      ...{ id: 'watchdog', result: 'remark' },
      found:
        'The motors have no watchdog: without this computer they go to their last goal, no farther than a step, and stay there.',
      next: null,
    };
  }
  if (rig.driver === 'mujoco') return passed('watchdog', `The simulation stops by itself after ${after}.`);
  return {
    ...{ id: 'watchdog', result: 'remark' },
    found: `Every command says that it lives ${watchdogSeconds} s; whether the device keeps to it, it does not tell.`,
    next: null,
  };
}

function deadManCheck(held: boolean): RunCheck {
  if (held) return passed('dead-man', 'The dead-man key is held.');
  return {
    ...{ id: 'dead-man', result: 'refused', found: 'The dead-man key is not held.' },
    next: 'Hold Space in the window, or the trigger of a gamepad, and begin.',
  };
}
