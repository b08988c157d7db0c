import { join } from 'node:path';
import type { Notice, RigStatus } from '../../shared/telemetry';
import { openLog } from '../log';
import type { Log } from '../log/types';
import type { Host } from '../processes/port';
import { Activity } from './activity';
import { Calibrations } from './calibrations';
import { Episodes } from './episodes';
import { Exports } from './export';
import { Imports } from './imports';
import { JobList } from './job-list';
import { Keeping } from './keeping';
import { KnownDevices } from './known-devices';
import { Models } from './models';
import { Motion, stopped } from './motion';
import { Notices } from './notices';
import { Policies } from './policies';
import { RigDesk } from './rig-desk';
import { Sights } from './sights';
import { Telemetry } from './telemetry';
import { Teleop } from './teleop';

export interface CoreOptions {
  /** The workspace. */
  folder: string;
  host: Host;
  /** Under Electron or plain Node, for the window's information. */
  hostKind: 'electron' | 'node';
  version: string;
  /** Where another process has the workspace open: read it, and have that one write. Nothing can be recorded then. */
  beside?: boolean;
}

/** The rooms, wired together. Imports nothing from Electron; runs as its utility process, under Node and in tests. */
export interface Core {
  readonly options: CoreOptions;
  readonly log: Log;
  readonly telemetry: Telemetry;
  readonly notices: Notices;
  readonly rig: RigDesk;
  readonly teleop: Teleop;
  readonly calibrations: Calibrations;
  readonly activity: Activity;
  readonly episodes: Episodes;
  readonly keeping: Keeping;
  readonly exports: Exports;
  readonly imports: Imports;
  readonly models: Models;
  readonly sights: Sights;
  readonly policies: Policies;
  notice(level: Notice['level'], message: string, next?: string): void;
  /**
   * Everything stops, and nothing begins any more: the rig, what uses it, what is on its way to it, and the jobs. Resolves
   * when the rig has confirmed. `by` is who asked for it, for the log.
   */
  stopForGood(by: string): Promise<RigStatus>;
  /** Ends what is going on, holds and leaves the rig, closes the log. */
  close(): Promise<void>;
}

/** Opens a workspace. Throws `busy` when another Foresight records into it, `bad-file` when its log is not ours. */
export async function createCore(options: CoreOptions): Promise<Core> {
  const log = await openLog(options.folder, { beside: options.beside === true });
  const notices = new Notices();
  const telemetry = new Telemetry();
  const motion = new Motion();
  const devices = new KnownDevices(join(options.folder, 'devices.json'), (message, next) =>
    notices.add('warning', message, next),
  );
  const rigs = join(options.folder, 'rigs');
  const rig = new RigDesk(options.host, telemetry, motion, rigs, devices, notices, options.folder);
  const calibrations = new Calibrations(options.folder, rig);
  const jobs = new JobList(notices);
  const models = new Models(options.host, log, jobs);
  const sights = new Sights(log, models, telemetry);
  const policies = new Policies({ host: options.host, log, jobs, rigs: rig, models });
  const episodes = new Episodes(log);
  const exports = new Exports(options.host, log);
  const imports = new Imports(log, options.host, () => episodes.changed());
  // What a process that was killed left; beside another one they are its own.
  if (options.beside !== true) await imports.clear();
  const teleop = new Teleop(options.host, rig, notices);
  const activity = new Activity({
    ...{ desk: rig, log, models, telemetry, notices, host: options.host, teleop },
    practice: policies.trainings,
    episodesChanged: () => episodes.changed(),
  });
  rig.waitsFor(() => activity.idle);
  log.onFailure((message) =>
    notices.add('error', `Recording failed: ${message}`, 'Stop the run; check the disk of the workspace.'),
  );
  log.onFlags(() => episodes.changed());
  log.onChange(() => {
    episodes.changed();
    models.changed();
  });
  const core: Core = {
    options,
    log,
    telemetry,
    notices,
    rig,
    teleop,
    calibrations,
    activity,
    episodes,
    keeping: new Keeping(log),
    exports,
    imports,
    models,
    sights,
    policies,
    notice: (level, message, next) => notices.add(level, message, next),
    stopForGood: (by) => {
      const status = rig.stop(by);
      motion.end(stopped(`Stopped by ${by}.`, 'Begin again when it is wanted.'));
      models.stopForGood();
      return status;
    },
    close: async () => {
      activity.finish();
      // Nor does what a client asks for meanwhile begin.
      motion.end(stopped('Foresight is being closed.', 'Start it again.'));
      await rig.disconnect();
      await teleop.disconnect();
      await activity.idle;
      await imports.close();
      await exports.close();
      await models.close();
      await sights.close();
      await rig.close();
      await log.close();
    },
  };
  return core;
}
