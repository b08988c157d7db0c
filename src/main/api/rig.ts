import { pictureKind } from '../camera/picture-file';
import { api } from './base';

const done = {};

export const rig = api.rig.router({
  list: api.rig.list.handler(({ context }) => context.core.rig.list()),
  show: api.rig.show.handler(({ input, context }) => context.core.rig.load(input.rig)),
  scene: api.rig.scene.handler(({ input, context }) =>
    context.inTurn('scene', () => context.core.rig.scene(input.rig)),
  ),
  ports: api.rig.ports.handler(({ input, context }) => context.core.rig.ports(input.probe)),
  connect: api.rig.connect.handler(({ input, context }) => context.core.rig.connect(input)),
  disconnect: api.rig.disconnect.handler(async ({ context }) => {
    context.core.activity.finish();
    await context.core.rig.disconnect();
    return done;
  }),
  status: api.rig.status.handler(({ context }) => context.core.rig.status),
  jog: api.rig.jog.handler(({ input, context }) => {
    const { action, seconds, thenHold, inEpisode } = input;
    context.core.rig.jog(action, seconds, { client: context.client, thenHold, inEpisode });
    return done;
  }),
  leader: {
    connect: api.rig.leader.connect.handler(({ input, context }) => {
      const { rig, port, ...options } = input;
      return context.core.teleop.connect(rig, port, options);
    }),
    status: api.rig.leader.status.handler(({ context }) => context.core.teleop.status),
    disconnect: api.rig.leader.disconnect.handler(async ({ context }) => {
      await context.core.teleop.disconnect();
      return done;
    }),
    follow: api.rig.leader.follow.handler(({ input, context }) => {
      context.core.teleop.follow(input.seconds, context.client);
      return done;
    }),
  },
  deadMan: api.rig.deadMan.handler(({ input, context }) => {
    context.core.rig.deadMan(input);
    return done;
  }),
  checks: api.rig.checks.handler(({ input, context }) => context.core.activity.checksFor(input)),
  hold: api.rig.hold.handler(({ context }) => context.core.rig.hold()),
  release: api.rig.release.handler(({ context }) => context.core.rig.release()),
  resume: api.rig.resume.handler(({ context }) => context.core.rig.resume()),
  confirmPose: api.rig.confirmPose.handler(({ input, context }) => context.core.rig.confirmPose(input.check)),
  stop: api.rig.stop.handler(({ input, context }) => context.core.rig.stop(input.by)),
  cameras: api.rig.cameras.handler(({ context }) => context.core.rig.cameras?.states() ?? []),
  cameraPicture: api.rig.cameraPicture.handler(({ input, context }) =>
    context.inTurn('camera', async () => {
      const picture = await context.core.rig.requireCameras().newest(input.camera);
      return picture && { kind: pictureKind(picture), file: Buffer.from(picture).toString('base64') };
    }),
  ),
  bringPicture: api.rig.bringPicture.handler(({ input, context }) => {
    const { camera, file, ageMs } = input;
    context.core.rig.requireCameras().take(camera, Buffer.from(file, 'base64'), ageMs, context.client);
    return done;
  }),
  missPicture: api.rig.missPicture.handler(({ input, context }) => {
    context.core.rig.requireCameras().fail(input.camera, input.trouble, context.client);
    return done;
  }),
  calibration: {
    act: api.rig.calibration.act.handler(async ({ input, context }) => {
      await context.core.rig.calibrate(input, context.client);
      return done;
    }),
    shelves: api.rig.calibration.shelves.handler(({ input, context }) =>
      context.core.calibrations.shelves(input.rig),
    ),
    take: api.rig.calibration.take.handler(({ input, context }) => context.core.calibrations.take(input)),
    give: api.rig.calibration.give.handler(({ input, context }) => context.core.calibrations.give(input)),
    export: api.rig.calibration.export.handler(({ input, context }) =>
      context.core.calibrations.export(input),
    ),
  },
  motors: {
    scan: api.rig.motors.scan.handler(({ input, context }) =>
      context.inTurn('motors', () => context.core.rig.scanMotors(input.port, input.search)),
    ),
    setUp: api.rig.motors.setUp.handler(({ input, context }) =>
      context.inTurn('motors', () => context.core.rig.setUpMotor(input.port, input.setUp)),
    ),
  },
  telemetry: api.rig.telemetry.handler(({ context, signal }) => context.core.telemetry.stream(signal)),
});
