import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { ForesightError } from '../../shared/errors';
import { mean, quantile } from '../../shared/statistics';
import type { Core } from '../core';
import type { Host } from '../processes/port';
import { loadRig, startSimulatedFirmware } from '../rig';
import { FEETECH } from '../rig/drivers/feetech/family';
import { ServoBus } from '../rig/drivers/servo-bus/bus';
import { type BusMotor, busMotors } from '../rig/drivers/servo-bus/motors';
import type { LineFaults } from '../rig/simulation/servo-bus/faults';
import { openSerialPort } from '../rig/transport/serial-port';
import { besideTraining, recordSomething } from './beside-training';

/** Cycles a second, and how much longer than a plain loop the slow ones may take. */
export const BARS = { perSecond: 400, p99Times: 1.5 };

const BAUD_RATE = 1_000_000;
/** The ways take turns, so that all see the same computer. */
const TURNS = 10;
/** Until what runs has been compiled. */
const WARM_UP = 500;

export interface Times {
  p50Ms: number;
  p99Ms: number;
  perSecond: number;
}

/** Three ways to read and write the same motors, in turns. */
export interface Ways {
  ours: Times;
  /** The same bytes by a loop that writes and blocks in a read, and does nothing else. */
  plain: Times;
  /** The same bytes by a loop that waits in the event loop, so that it can be stopped at any time, and looks at none of them. */
  waiting: Times;
}

export interface ServosReport extends Ways {
  cycles: number;
  fits: boolean;
}

/** Cycles of every way, and who hears how many are done. */
interface Amount {
  cycles: number;
  onCycle(done: number, of: number): void;
}

/**
 * Six motors on a pseudo-terminal: all feedback read and all goals written, by the driver's line and by two plain loops on the same
 * port, one of blocking calls and one that waits.
 * @throws ForesightError unavailable where no pseudo-terminal can be made
 */
export async function benchServos(host: Pick<Host, 'spawn'>, amount: Amount): Promise<ServosReport> {
  const ways = await onTerminal(host, {}, (path, motors) => inTurns(path, motors, amount));
  return { cycles: TURNS * aTurn(amount), ...ways, fits: isFast(ways) };
}

const aTurn = ({ cycles }: Amount): number => Math.ceil(cycles / TURNS);

const isFast = ({ ours, plain }: Ways): boolean =>
  ours.perSecond >= BARS.perSecond && ours.p99Ms <= BARS.p99Times * plain.p99Ms;

async function inTurns(path: string, motors: readonly BusMotor[], amount: Amount): Promise<Ways> {
  const turn = aTurn(amount);
  const times = { ours: [] as number[], plain: [] as number[], waiting: [] as number[] };
  // A rig runs for hours: what is compiled in its first seconds, here and behind the terminal, is not what is measured.
  await runOurs(path, motors, amount.cycles);
  runPlain(path, motors, amount.cycles);
  await runWaiting(path, motors, amount.cycles);
  for (let i = 0; i < TURNS; i++) {
    times.ours.push(...(await runOurs(path, motors, turn)));
    times.plain.push(...runPlain(path, motors, turn));
    times.waiting.push(...(await runWaiting(path, motors, turn)));
    amount.onCycle((i + 1) * turn, TURNS * turn);
  }
  return { ours: summary(times.ours), plain: summary(times.plain), waiting: summary(times.waiting) };
}

/** Cycles a second beside adapters that collect bytes for so long. */
export interface LatencyReport {
  cycles: number;
  rows: (Times & { latencyMs: number })[];
}

/**
 * The same motors behind simulated adapters that collect bytes before they hand them on: all feedback read and all goals written.
 * @throws ForesightError unavailable where no pseudo-terminal can be made
 */
export async function benchAdapterLatency(
  host: Pick<Host, 'spawn'>,
  latenciesMs: readonly number[],
  cycles: number,
  onCycle: (done: number, of: number) => void,
): Promise<LatencyReport> {
  const rows: LatencyReport['rows'] = [];
  for (const latencyMs of latenciesMs) {
    const times = await onTerminal(host, { latencySeconds: latencyMs / 1000 }, (path, motors) =>
      runOurs(path, motors, cycles),
    );
    rows.push({ latencyMs, ...summary(times) });
    onCycle(rows.length * cycles, latenciesMs.length * cycles);
  }
  return { cycles, rows };
}

export interface BesideTrainingReport {
  cycles: number;
  alone: Ways;
  whileTraining: Ways;
  fits: boolean;
}

/** The same motors by the same ways, alone and beside a training of default size; `core` is one on an empty workspace. */
export async function benchServosBesideTraining(
  core: Core,
  host: Pick<Host, 'spawn'>,
  amount: Amount,
): Promise<BesideTrainingReport> {
  await recordSomething(core, 0);
  return onTerminal(host, {}, async (path, motors) => {
    const alone = await inTurns(path, motors, amount);
    const whileTraining = await besideTraining(core, () => inTurns(path, motors, amount));
    return { cycles: TURNS * aTurn(amount), alone, whileTraining, fits: isFast(whileTraining) };
  });
}

/** Simulated motors of `so101` on a pseudo-terminal, for as long as `work` takes. */
async function onTerminal<Result>(
  host: Pick<Host, 'spawn'>,
  line: Partial<LineFaults>,
  work: (path: string, motors: readonly BusMotor[]) => Promise<Result>,
): Promise<Result> {
  const rig = await loadRig('so101');
  const device = await startSimulatedFirmware({ rig, link: 'pty', seed: 0, faults: { line } }, host);
  try {
    if (device.path === null)
      throw new ForesightError('unavailable', 'There is no pseudo-terminal.', 'Install socat.');
    return await work(device.path, busMotors(rig.file, FEETECH));
  } finally {
    device.stop();
  }
}

/** ms a cycle. */
async function runOurs(path: string, motors: readonly BusMotor[], cycles: number): Promise<number[]> {
  const bus = new ServoBus(await openSerialPort(path, BAUD_RATE), FEETECH.protocol([]), BAUD_RATE);
  const ids = motors.map(({ id }) => id);
  const [{ model }] = motors as [BusMotor];
  const times: number[] = [];
  try {
    for (let i = -WARM_UP; i < cycles; i++) {
      const begun = performance.now();
      const answers = await bus.readAll(ids, model.feedback.address, model.feedback.length);
      const goals = motors.map((motor, k) => {
        const block = answers[k]?.parameters;
        const position = block ? motor.quantity(block, 'position') : 0;
        return { id: motor.id, data: motor.goalBytes(position) };
      });
      await bus.writeAll(model.registers.goal.address, goals);
      if (i >= 0) times.push(performance.now() - begun);
    }
  } finally {
    bus.dispose();
    await bus.transport.close();
  }
  return times;
}

/** The bytes of a cycle, and how many come back. */
function exchange(motors: readonly BusMotor[]) {
  const protocol = FEETECH.protocol([]);
  const ids = motors.map(({ id }) => id);
  const [{ model }] = motors as [BusMotor];
  const { address, length } = model.feedback;
  return {
    question: protocol.syncRead?.(ids, address, length) ?? new Uint8Array(0),
    answerBytes: ids.length * protocol.statusBytes(length),
    goals: protocol.syncWrite(
      model.registers.goal.address,
      model.registers.goal.size,
      motors.map((motor) => ({ id: motor.id, data: motor.goalBytes(0) })),
    ),
  };
}

/** ms a cycle. */
function runPlain(path: string, motors: readonly BusMotor[], cycles: number): number[] {
  const { question, answerBytes, goals } = exchange(motors);
  const answer = new Uint8Array(answerBytes);
  const port = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  const times: number[] = [];
  try {
    for (let i = -WARM_UP; i < cycles; i++) {
      const begun = performance.now();
      writeSync(port, question);
      for (let at = 0; at < answer.length; ) {
        const read = readSync(port, answer, at, answer.length - at, null);
        if (read === 0)
          throw new ForesightError('rig-gone', 'The simulated motors have ended.', 'Try again.');
        at += read;
      }
      writeSync(port, goals);
      if (i >= 0) times.push(performance.now() - begun);
    }
  } finally {
    closeSync(port);
  }
  return times;
}

/** ms a cycle. */
async function runWaiting(path: string, motors: readonly BusMotor[], cycles: number): Promise<number[]> {
  const { question, answerBytes, goals } = exchange(motors);
  const port = await openSerialPort(path, BAUD_RATE);
  const times: number[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      port.onClose(reject);
      let [begun, missing, i] = [0, 0, -WARM_UP];
      const ask = () => {
        if (i === cycles) return resolve();
        begun = performance.now();
        missing = answerBytes;
        port.write(question);
      };
      port.onData((bytes) => {
        missing -= bytes.length;
        if (missing > 0) return;
        port.write(goals);
        if (i >= 0) times.push(performance.now() - begun);
        i++;
        ask();
      });
      ask();
    });
  } finally {
    await port.close();
  }
  return times;
}

function summary(times: number[]): Times {
  return { p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99), perSecond: 1000 / mean(times) };
}
