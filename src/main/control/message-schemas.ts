import { z } from 'zod';
import { CalibrationAct, CalibrationInForce, type CalibrationProgress } from '../../shared/calibration';
import { EpisodeEvent } from '../../shared/episode';
import { ErrorShape } from '../../shared/errors';
import { ChannelSignal, Excitation } from '../../shared/excitation';
import { DeviceIdentity, PortListing } from '../../shared/ports';
import { Rig } from '../../shared/rig';
import { FoundMotor, MotorSearch, MotorSetUp } from '../../shared/servos';
import { LinkState } from '../../shared/telemetry';
import type { CompiledWorkspace } from './limits/workspace';
import type { ControllerSpec, FromRig, ToRig } from './messages';

/**
 * What the messages of messages.ts must look like to be acted on; fields are explained there. Numbers may be NaN or
 * infinite: what such an action or observation means is the guard's and the loop's to say, not a reason to hear nothing.
 */
const number = z.custom<number>((value) => typeof value === 'number', 'expected a number');
const count = z.number().int();
const row = z.array(number);
const mode = z.enum(['realtime', 'lockstep']);

const SignalExcitation = Excitation.transform((one, context) => {
  if (one.method !== 'uniform') return one;
  context.addIssue('uniform actions are the controller "random"');
  return z.NEVER;
});

const Controller: z.ZodType<ControllerSpec> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('idle') }),
  z.looseObject({
    ...{ kind: z.literal('jog'), action: row, seconds: number },
    ...{ thenHold: z.boolean().optional(), inEpisode: z.boolean().optional(), from: row.optional() },
  }),
  z.looseObject({
    ...{ kind: z.literal('random'), seed: number, holdSteps: number, amplitude: number },
    amplitudes: row.optional(),
  }),
  z.object({ kind: z.literal('excite'), excitation: SignalExcitation, channels: z.array(ChannelSignal) }),
  z.object({ kind: z.literal('replay'), actions: z.array(row) }),
  z.looseObject({ kind: z.literal('planned'), missedPlansToHold: number }),
]);

/** The core's own, made from a rig that was checked. */
const workspace = z.custom<CompiledWorkspace>((value) => typeof value === 'object' && value !== null);

/** A safety command is obeyed however the rest of it is written. */
const request = count.optional().catch(undefined);
const name = z.string().catch('whoever asked for it');

export const ToRigSchema: z.ZodType<ToRig> = z.discriminatedUnion('type', [
  z.object({
    ...{ type: z.literal('open'), rig: Rig, mode, port: z.string().optional(), seed: number },
    known: DeviceIdentity.nullable().optional(),
    workspace: workspace.optional(),
    onHold: z.string().optional(),
    dataFolder: z.string().optional(),
  }),
  z.looseObject({
    ...{ type: z.literal('begin'), request: count, episode: count, controller: Controller },
    ...{ resetSeed: number, maxSteps: count.optional(), stay: row.optional() },
  }),
  z.object({ type: z.literal('end'), episode: count }),
  z.object({ type: z.literal('controller'), controller: Controller }),
  z.looseObject({
    ...{ type: z.literal('plan'), episode: count, planId: count, firstStep: count },
    ...{ actions: z.array(row), planMs: number, goodForSteps: count.optional() },
  }),
  z.object({ type: z.literal('next'), episode: count }),
  // Whatever is not plainly held is let go of.
  z.object({
    type: z.literal('dead-man'),
    wanted: z.boolean().optional().catch(true),
    held: z.boolean().optional().catch(false),
  }),
  z.object({ type: z.literal('hold'), request, why: z.string().optional().catch(undefined) }),
  z.object({ type: z.literal('release'), request }),
  z.object({ type: z.literal('resume'), request, seen: count.optional() }),
  z.object({ type: z.literal('stop'), by: name, request }),
  z.object({ type: z.literal('list-ports'), request: count }),
  z.object({
    type: z.literal('probe'),
    request: count,
    path: z.string(),
    baudRate: count.positive().optional(),
  }),
  z.object({ type: z.literal('scan-motors'), request: count, path: z.string(), search: MotorSearch }),
  z.object({ type: z.literal('set-up-motor'), request: count, path: z.string(), setUp: MotorSetUp }),
  z.object({ type: z.literal('calibrate'), request: count, act: CalibrationAct }),
  z.object({ type: z.literal('close') }),
]);

/** The rest is the rig process's word and shown as it is. */
const said = LinkState.pick({ phase: true, reason: true });
const state = z.custom<LinkState>((value) => said.safeParse(value).success, 'expected the state of a rig');
const progress = z.custom<CalibrationProgress>(
  (value) => stage.safeParse(value).success,
  'expected progress',
);
const stage = z.object({ stage: z.string(), joints: z.array(z.unknown()) });
const events = z.array(EpisodeEvent);

export const FromRigSchema: z.ZodType<FromRig> = z.discriminatedUnion('type', [
  z.looseObject({
    ...{ type: z.literal('opened'), rig: z.string(), mode, state, halts: count },
    info: z.looseObject({
      ...{ name: z.string(), version: z.string(), link: z.string() },
      calibration: CalibrationInForce.optional(),
    }),
  }),
  z.object({ type: z.literal('failed'), error: ErrorShape }),
  z.object({
    ...{ type: z.literal('awaiting'), episode: count, step: count, observation: row },
    pose: row.optional(),
  }),
  z.looseObject({
    ...{
      type: z.literal('tick'),
      episode: count,
      step: count,
      observation: row,
      action: row,
      requested: row,
    },
    ...{ hostSeconds: number, deviceSeconds: number, latenessSeconds: number, planId: number },
    ...{ planOffset: number, planMs: number, missed: z.boolean(), events, last: z.boolean() },
    pose: row.optional(),
  }),
  z.looseObject({
    ...{ type: z.literal('ended'), episode: count, reason: z.enum(['asked', 'stopped', 'held', 'fault']) },
    ...{ message: z.string(), rows: count, events, error: ErrorShape.optional() },
  }),
  z.object({
    ...{ type: z.literal('live'), observation: row, deviceSeconds: number, applied: row },
    ...{ events: events.optional(), pose: row.optional() },
  }),
  z.object({ type: z.literal('state'), state, halts: count }),
  z.object({ type: z.literal('calibrating'), progress }),
  z.looseObject({
    ...{ type: z.literal('answer'), request: count, error: ErrorShape.nullable() },
    ...{ state: state.optional(), halts: count.optional(), ports: z.array(PortListing).optional() },
    motors: z.array(FoundMotor).optional(),
  }),
]);
