import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { CalibrationProgress, JointProgress } from '../../shared/calibration';
import { deviceWords } from '../../shared/calibration';
import { ForesightError } from '../../shared/errors';
import type { Core } from '../core';
import { connect } from './connect';
import type { Output } from './output';
import { withCore } from './with-core';

export interface CalibrateFlags {
  port?: string;
  hand: boolean;
  yes: boolean;
  note: string;
}

/** Lines that change in a terminal are drawn anew so often. */
const DRAWN_MS = 250;

export const NOTHING_WRITTEN =
  'Nothing was written that was not confirmed: the calibration that was in force still is.';

export function calibrateCommand(rig: Command, output: () => Output): void {
  rig
    .command('calibrate <rig>')
    .description(
      'where the joints of servo motors are and how far they go: moved by hand, then into the home pose, shown, written when confirmed',
    )
    .option('--port <port>', 'serial port, "auto" or "simulated"')
    .option('--hand', 'with simulated motors: a simulated hand moves the joints', false)
    .option('--yes', 'asks nothing: torque goes off at once, and what is in order is written', false)
    .option('--note <text>', 'kept with the version', '')
    .action(async (name: string, flags: CalibrateFlags) => {
      const out = output();
      const work = (core: Core, stop: AbortSignal) => calibrate(core, stop, out, name, flags);
      const done = await withCore(out.options, work, { whenStopped: () => NOTHING_WRITTEN });
      out.result({ version: done.version, device: done.device, joints: done.joints.map(resultOf) }, () => {
        out.line(
          `Version ${done.version} is in force on ${deviceWords(done.device)}. Read back from the motors:`,
        );
        showReadBack(out, done.joints);
      });
    });
}

async function calibrate(
  core: Core,
  stop: AbortSignal,
  out: Output,
  rig: string,
  flags: CalibrateFlags,
): Promise<CalibrationProgress> {
  const ask = asker(flags.yes, stop);
  const follow = followed(core, stop);
  await connect(core, { rig, port: flags.port, realtime: true }, 0);
  out.remark(inForceWords(core));
  await ask(
    'Support the arm with your hand: it is held by nothing else from now on. Enter takes the torque off. ',
  );
  await core.rig.release();
  await core.rig.calibrate({ act: 'begin' });
  out.remark('Torque is off: every motor has confirmed it. Move every joint from one stop to the other.');
  const drawing = draw(follow);
  try {
    if (flags.hand) await byHand(core, follow, 'sweep');
    else await ask('Enter when every joint has met both its stops. ');
  } finally {
    drawing.end();
  }
  if (flags.hand) await byHand(core, follow, 'home');
  else
    await ask(
      'Put the arm into its home pose, as "foresight rig show" and the drawing have it, then press Enter. ',
    );
  await core.rig.calibrate({ act: 'home' });
  const shown = await follow.until(({ stage }) => stage === 'review');
  if (!out.json) showProposal(out, shown.joints);
  await ask(
    'Enter writes this to the motors and keeps it as a new version; Ctrl-C leaves everything as it was. ',
  );
  await core.rig.calibrate({ act: 'write', note: flags.note });
  return follow.until(({ stage }) => stage === 'done');
}

/** Which version is in force on the connected rig, as sentences. */
export function inForceWords(core: Core): string {
  const calibration = core.rig.status.link.info?.calibration;
  if (!calibration) return 'This rig has nothing to calibrate.';
  const where = deviceWords(calibration.device);
  if (calibration.mismatch !== null) return calibration.mismatch;
  return calibration.version === null
    ? `No calibration is in force on ${where}: zeros and limits are those of the rig file.`
    : `Version ${calibration.version} is in force on ${where}.`;
}

/** A question that Enter answers; at once where nobody is to be asked. */
export function asker(yes: boolean, stop: AbortSignal): (question: string) => Promise<void> {
  return async (question) => {
    if (yes) return;
    if (!process.stdin.isTTY) {
      throw new ForesightError(
        'wrong-use',
        'There is no terminal in which somebody could answer.',
        'Run it in a terminal, or add --yes.',
      );
    }
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    // Its own handling of Ctrl-C would only close it.
    terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    try {
      await terminal.question(question, { signal: stop });
    } finally {
      terminal.close();
    }
  };
}

interface Followed {
  newest: CalibrationProgress | undefined;
  until(check: (progress: CalibrationProgress) => boolean): Promise<CalibrationProgress>;
}

function followed(core: Core, stop: AbortSignal): Followed {
  const waiting = new Set<() => void>();
  const follow: Followed = {
    newest: undefined,
    until: (check) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const { newest } = follow;
          if (stop.aborted) reject(stop.reason);
          else if (newest?.stage === 'ended') {
            reject(new ForesightError('stopped', newest.message, newest.next));
          } else if (newest && check(newest)) resolve(newest);
          else return;
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      }),
  };
  void (async () => {
    for await (const { calibrating } of core.telemetry.stream(stop)) {
      if (calibrating === undefined) continue;
      follow.newest = calibrating ?? undefined;
      for (const look of [...waiting]) look();
    }
    for (const look of [...waiting]) look();
  })();
  return follow;
}

/** A simulated hand does it; resolves when it has. */
async function byHand(core: Core, follow: Followed, does: 'sweep' | 'home'): Promise<void> {
  await core.rig.calibrate({ act: 'hand', does });
  await follow.until(({ hand }) => hand?.doing === (does === 'sweep' ? 'holding' : 'at home'));
}

function draw(follow: Followed): { end(): void } {
  if (!process.stderr.isTTY) return { end: () => {} };
  let lines = 0;
  const timer = setInterval(() => {
    const joints = follow.newest?.joints ?? [];
    const text = joints.map((joint) => `  ${joint.name.padEnd(18)}${travelWords(joint)}`);
    const up = lines > 0 ? `\u001b[s\u001b[${lines}A\r` : '';
    process.stderr.write(
      `${up}${text.map((line) => `\u001b[2K${line}`).join('\n')}${lines > 0 ? '\u001b[u' : '\n'}`,
    );
    lines = Math.max(lines, text.length);
  }, DRAWN_MS);
  return { end: () => clearInterval(timer) };
}

function travelWords({ low, high, done, expected, silent }: JointProgress): string {
  if (silent) return 'does not answer';
  const travel = low === null || high === null ? 0 : high - low;
  const of = expected === null ? '' : ` of about ${degrees(expected)}`;
  return `${degrees(travel).padStart(5)}${of}${done ? '  ✓' : ''}`;
}

const degrees = (rad: number): string => `${Math.round((rad * 180) / Math.PI)}°`;

function showProposal(out: Output, joints: readonly JointProgress[]): void {
  out.table(
    ['joint', 'motor', 'travel', 'limits', 'homing offset', 'lowest', 'highest'],
    joints.map(({ name, id, low, high, proposal }) => [
      name,
      String(id),
      low === null || high === null ? '' : degrees(high - low),
      proposal ? `${degrees(proposal.limits[0])} … ${degrees(proposal.limits[1])}` : 'none',
      String(proposal?.homingOffset ?? ''),
      String(proposal?.range[0] ?? ''),
      String(proposal?.range[1] ?? ''),
    ]),
  );
  for (const { name, findings } of joints)
    for (const { message } of findings) out.line(`${name}: ${message}`);
}

function showReadBack(out: Output, joints: readonly JointProgress[]): void {
  out.table(
    ['joint', 'motor', 'homing offset', 'lowest', 'highest'],
    joints.map(({ name, id, readBack }) => [
      name,
      String(id),
      String(readBack?.homingOffset ?? ''),
      String(readBack?.low ?? ''),
      String(readBack?.high ?? ''),
    ]),
  );
}

const resultOf = ({ name, id, proposal, readBack, findings }: JointProgress) => ({
  ...{ name, id, proposal, readBack },
  findings: findings.map(({ message }) => message),
});
