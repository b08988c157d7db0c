import { checkFormula } from '../task';
import { api } from './base';

const done = {};
/** The activity puts its failures on the notice stream. */
const alreadyTold = () => undefined;

/** What is begun here goes on by itself; how it goes and how it failed is on the telemetry and notice streams. */
export const record = api.record.router({
  start: api.record.start.handler(({ input, context }) => {
    context.core.activity.record(input, {}, context.client).catch(alreadyTold);
    return done;
  }),
  replay: api.record.replay.handler(({ input, context }) => {
    context.core.activity.replay(input, {}, context.client).catch(alreadyTold);
    return done;
  }),
  finish: api.record.finish.handler(({ context }) => {
    context.core.activity.finish();
    return done;
  }),
  discard: api.record.discard.handler(({ context }) => {
    context.core.activity.discard();
    return done;
  }),
});

export const run = api.run.router({
  start: api.run.start.handler(({ input, context }) => {
    context.core.activity.run(input, {}, context.client).catch(alreadyTold);
    return done;
  }),
  learn: api.run.learn.handler(({ input, context }) => {
    context.core.activity.learn(input, {}, context.client).catch(alreadyTold);
    return done;
  }),
  adjust: api.run.adjust.handler(async ({ input, context }) => {
    await context.core.activity.adjust(input);
    return done;
  }),
  finish: api.run.finish.handler(({ context }) => {
    context.core.activity.finish();
    return done;
  }),
});

export const task = api.task.router({
  check: api.task.check.handler(async ({ input, context }) => {
    const { file } = await context.core.rig.load(input.rig);
    return checkFormula(input.formula, file, input.kind, file.task.let);
  }),
});
