import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { base, ids, name, nothing } from './contract-base';
import { calibration, motors } from './contract-calibration';
import { datasets, exportsOf } from './contract-datasets';
import { episodes } from './contract-episodes';
import { Split } from './dataset';
import { Scene } from './drawing';
import { ChannelExcitation, Excitation } from './excitation';
import { FilmStrip, ForeseenStrip } from './film-strip';
import {
  ImportHead,
  ImportInput,
  ImportProgress,
  ImportReport,
  UploadId,
  UploadInput,
  UploadPiece,
} from './import';
import { DatasetImported, DatasetInput, DatasetLook } from './import-dataset';
import { LatentMap } from './latent-map';
import { CheckpointInfo, EvaluateOptions, Evaluation, JobState, ModelSummary, TrainOptions } from './model';
import { DEFAULT_ENGINE, ENGINE_NAMES } from './model-options';
import { AdaptOptions, PILOTS, PlannerOptions, PropagationOptions, RunAdjustment } from './plan';
import { AlgorithmOptions, PolicyEvaluation, PolicySummary } from './policy';
import { PolicyCheckpointInfo, PolicyEvaluateInput, PolicyExport, PolicyTrainInput } from './policy-training';
import { PortListing } from './ports';
import { Rig, RigListing } from './rig';
import { LivePicture, MOST_PICTURE_TEXT, RigCameraState } from './rig-camera';
import { RunCheck } from './safety/checks';
import { FormulaCheck, TaskFile } from './task';
import { Notice, RigStatus, TelemetryBatch } from './telemetry';
import { LeaderOptions, LeaderStatus, RecordDrive, ReplayOptions } from './teleop';

/**
 * Motion that a client starts ends when that client is missed, because nobody who could stop it would be there. Who wants it
 * to go on without anybody says so.
 */
const unattended = z.boolean().default(false);

/** The rig moves only while a dead-man key is held (`rig.deadMan`), for this start; as the rig file says when left out. */
const deadMan = z.boolean().default(false);

/** A rig's name or its folder, a serial port. A zero byte would end a path early. */
const place = z
  .string()
  .max(4096)
  .refine((path) => !path.includes('\0'), 'expected a path without a zero byte');
const formula = z.string().max(20_000);
/** Who pressed the e-stop. However it is written, it stops. */
const whoStops = z.string().transform((by) => by.slice(0, 200));

export const ConnectInput = z.object({
  rig: place,
  /** Serial port path, "auto", or "simulated"; rig.json's own when left out. */
  port: place.optional(),
  mode: z.enum(['realtime', 'lockstep']).default('realtime'),
  seed: z.number().int().default(0),
});
export type ConnectInput = z.infer<typeof ConnectInput>;

export const RecordInput = z.object({
  /** Episodes one after another, each from the rig's start. */
  episodes: z.number().int().min(1).max(1000).default(1),
  /** Steps an episode has at most; the task's when left out. */
  maxSteps: z.number().int().min(1).optional(),
  /** Ends an episode where the task's termination is true. */
  useTermination: z.boolean().default(true),
  /** What moves it. */
  excitation: Excitation.prefault({ method: 'uniform' }),
  /** Uniform actions: a new one every so many steps. */
  holdSteps: z.number().int().min(1).max(100).default(1),
  /** Share of the action range that is used. */
  amplitude: z.number().gt(0).max(1).default(1),
  /** What single action channels have otherwise, by name. */
  channels: z.record(z.string().max(200), ChannelExcitation).default({}),
  seed: z.number().int().default(0),
  /** Who decides the actions. */
  drive: RecordDrive.prefault({ by: 'excitation' }),
  unattended,
  deadMan,
});
export type RecordInput = z.infer<typeof RecordInput>;

export const ReplayInput = ReplayOptions.extend({ unattended });
export type ReplayInput = z.infer<typeof ReplayInput>;

export const RunInput = z.object({
  /** Who drives at the beginning. */
  driver: z.enum(PILOTS).default('planner'),
  /**
   * Name or hash of the policy that drives, thinks along or may take over, and whose value and proposals a planner uses where its
   * options say so; null without one.
   */
  policy: name.nullable().default(null),
  /** The policy acts with the spread that it learned, for episodes that something is to be learned from, and not by its mean. */
  explore: z.boolean().default(false),
  /** Who does not drive thinks along from the beginning, and is shown. */
  beside: z.boolean().default(false),
  /**
   * Name or hash; of no use when the simulator predicts. With a policy, what it is imagined in, for as many steps as the
   * planner looks ahead, and carried to where its action takes effect; a run that a policy drives needs none ('').
   */
  model: name,
  /** model: the learned one. simulator: the true simulator of a MuJoCo rig, an oracle to compare against. */
  dynamics: z.enum(['model', 'simulator']).default('model'),
  planner: PlannerOptions.prefault({ method: 'mppi' }),
  propagation: PropagationOptions.prefault({}),
  adapt: AdaptOptions.prefault({}),
  /** The rig's own task when left out. */
  task: TaskFile.optional(),
  episodes: z.number().int().min(1).max(1000).default(1),
  seed: z.number().int().default(0),
  unattended,
  deadMan,
});
export type RunInput = z.infer<typeof RunInput>;

/** Learning a policy on the connected rig, while it moves. */
export const LearnInput = z.object({
  name: name.min(1).default('policy'),
  algorithm: AlgorithmOptions,
  /** The rig's own task when left out. */
  task: TaskFile.optional(),
  /**
   * Observations in a state, with the actions between them. Left out: 1 in lockstep, and 2 in real time, where the action that
   * is under way must be among what the policy sees.
   */
  history: z.number().int().min(1).max(32).optional(),
  /** Name or hash of a model, for an algorithm that is to be given one. */
  model: name.optional(),
  engine: z.enum(ENGINE_NAMES).default(DEFAULT_ENGINE),
  /** At most; it ends with the algorithm's steps otherwise. */
  episodes: z.number().int().min(1).max(1_000_000).default(1_000_000),
  seed: z.number().int().default(0),
  unattended,
  deadMan,
});
export type LearnInput = z.infer<typeof LearnInput>;

export const TrainInput = z.object({
  name: name.min(1).default('model'),
  /** Episodes to learn from; all of the rig's that are complete or interrupted when left out. */
  episodes: ids.optional(),
  /** Those of this data set, of its split "train" unless another is said. */
  dataset: name.optional(),
  split: Split.optional(),
  rig: name.optional(),
  options: TrainOptions.prefault({}),
  /**
   * What is kept out of the training and judged on. Left out: about a fifth, whole episodes where there are five or more
   * and blocks of every episode where there are fewer. A share: the end of every episode. 0: nothing, and the model counts
   * as not tested until it is evaluated on other steps.
   */
  last: z.number().min(0).max(0.9).optional(),
  /** Name or hash of a model to go on from: its weights instead of fresh ones. Class, network and loss must be its own. */
  from: name.optional(),
});
export type TrainInput = z.infer<typeof TrainInput>;

export const EvaluateInput = EvaluateOptions.extend({
  model: name,
  /** When left out, all of the rig's that the model did not learn from; where there is none, all of them. */
  episodes: ids.optional(),
  /** Only this share at the end of every episode; 0 for whole episodes. */
  last: z.number().min(0).max(0.9).default(0),
});
export type EvaluateInput = z.infer<typeof EvaluateInput>;

export const AppInfo = z.object({
  version: z.string(),
  workspace: z.string(),
  engine: z.string(),
  engines: z.array(
    z.object({
      name: z.string(),
      available: z.boolean(),
      /** Why not, and what to do about it. */
      reason: z.string(),
      next: z.string().default(''),
    }),
  ),
  host: z.enum(['electron', 'node']),
});
export type AppInfo = z.infer<typeof AppInfo>;

/** The contract between the core and whoever drives it: the window, a browser, a script. */
export const contract = {
  app: {
    info: base.output(AppInfo),
    /** Notices as they come, the last twenty first. */
    notices: base.output(eventIterator(Notice)),
    /**
     * A beat every 100 ms. A client that answers each with `here` is missed within a second when it is gone or stands still,
     * and may start motion without asking for it to be unattended.
     */
    beats: base.output(eventIterator(z.object({ beat: z.number().int() }))),
    here: base.input(z.object({ beat: z.number().int() })).output(nothing),
  },
  rig: {
    list: base.output(z.array(RigListing)),
    show: base.input(z.object({ rig: place })).output(Rig),
    /** What the 3D view draws, with the joints that channels drive. */
    scene: base.input(z.object({ rig: place })).output(Scene),
    ports: base.input(z.object({ probe: z.boolean().default(false) })).output(z.array(PortListing)),
    connect: base.input(ConnectInput).output(RigStatus),
    disconnect: base.output(nothing),
    status: base.output(RigStatus),
    /**
     * Constant action for at most `seconds`; the window repeats it while a key or button is down. It ends with its client, and
     * without a repetition within a second whatever else happens.
     */
    jog: base
      .input(
        z.object({
          action: z.array(z.number()).max(1000),
          seconds: z.number().min(0).max(1),
          /** Commands that follow each other: without a repetition the rig holds where it is, instead of going to its hold action. */
          thenHold: z.boolean().default(false),
          /** With `thenHold`: moves the rig within an episode only. */
          inEpisode: z.boolean().default(false),
        }),
      )
      .output(nothing),
    /** A second rig whose joints the connected one follows. */
    leader: {
      /** Opens it in a rig process of its own and takes its torque off. */
      connect: base
        .input(LeaderOptions.extend({ rig: place, port: place.optional() }))
        .output(LeaderStatus.nullable()),
      status: base.output(LeaderStatus.nullable()),
      disconnect: base.output(nothing),
      /** As `jog`: for at most `seconds`, repeated while it is wanted; 0 ends it, and the rig holds. */
      follow: base.input(z.object({ seconds: z.number().min(0).max(1) })).output(nothing),
    },
    /**
     * The dead-man key. `held` counts for 150 ms and is repeated while the key is down; `wanted`: from now on the connected rig moves only
     * while it is held.
     */
    deadMan: base
      .input(z.object({ held: z.boolean().optional(), wanted: z.boolean().optional() }))
      .output(nothing),
    /** What is looked at before the connected rig may move, and whether a model or a policy was made for it. */
    checks: base
      .input(z.object({ model: name.optional(), policy: name.optional() }))
      .output(z.array(RunCheck)),
    hold: base.output(RigStatus),
    release: base.output(RigStatus),
    resume: base.output(RigStatus),
    /** A person has compared a robot that was lost and has come back with what was seen of it last; it is resumed. */
    confirmPose: base.input(z.object({ check: z.number().int() })).output(RigStatus),
    /** The e-stop's second way; the first goes from the window straight to the rig process. */
    stop: base.input(z.object({ by: whoStops })).output(RigStatus),
    calibration,
    motors,
    telemetry: base.output(eventIterator(TelemetryBatch)),
    /** Cameras of the connected rig that bring pictures from outside. */
    cameras: base.output(z.array(RigCameraState)),
    /** What a camera of the connected rig sees now; null while nothing has come of it. */
    cameraPicture: base.input(z.object({ camera: name })).output(LivePicture.nullable()),
    /** A window brings a picture of a USB camera: a JPEG file in base64, captured so many ms before it was sent. */
    bringPicture: base
      .input(
        z.object({
          camera: name,
          file: z.string().max(MOST_PICTURE_TEXT),
          ageMs: z.number().min(0).max(60_000),
        }),
      )
      .output(nothing),
    /** A window that cannot bring pictures of a USB camera says why, as it stands behind a colon. */
    missPicture: base.input(z.object({ camera: name, trouble: name })).output(nothing),
  },
  record: {
    start: base.input(RecordInput).output(nothing),
    /** Ends the episode in hand and keeps it. */
    finish: base.output(nothing),
    discard: base.output(nothing),
    /** Plays what was executed in an episode on the connected rig again; recorded as an episode of its own. */
    replay: base.input(ReplayInput).output(nothing),
  },
  episodes,
  exports: exportsOf,
  datasets,
  /** A file from where the window is: piece by piece into the workspace, imported from there, and gone with its client. */
  imports: {
    begin: base.input(UploadInput).output(UploadId),
    piece: base.input(UploadPiece).output(nothing),
    /** Whether it is a data set or a text, by what is in it, as soon as the first piece has come. */
    recognise: base.input(UploadId).output(z.object({ dataset: z.boolean() })),
    /** What a data set holds and would become; once all of it has come. */
    look: base.input(UploadId).output(DatasetLook),
    /** As `run`, of a data set. */
    take: base.input(DatasetInput).output(DatasetImported),
    /** What is there of a text says; as soon as the first piece has come. */
    head: base.input(UploadId).output(ImportHead),
    /** All of it or nothing becomes episodes; the file is gone afterwards only when it has. */
    run: base.input(ImportInput).output(ImportReport),
    /** Of its import, until that ends. */
    progress: base.input(UploadId).output(eventIterator(ImportProgress)),
    /** Stops its import, if there is one, and takes the file away. */
    drop: base.input(UploadId).output(nothing),
  },
  models: {
    list: base.output(z.array(ModelSummary)),
    train: base.input(TrainInput).output(z.object({ job: z.number() })),
    /** Trainings that were interrupted, the newest first. */
    checkpoints: base.output(z.array(CheckpointInfo)),
    /** Goes on with an interrupted training, the newest when left out, and ends with the weights it would have had. */
    resume: base.input(z.object({ checkpoint: name.optional() })).output(z.object({ job: z.number() })),
    /**
     * The full verdict, in a process of its own that is among the jobs while it runs. Several models: one call each. It is
     * kept as the model's own unless that would put one on less, or on what was learned from, in the place of one on all
     * that is new to the model.
     */
    evaluate: base.input(EvaluateInput).output(Evaluation),
    jobs: base.output(z.array(JobState)),
    /** Every job on every change, at most ten times a second. */
    progress: base.output(eventIterator(z.array(JobState))),
    cancel: base.input(z.object({ job: z.number() })).output(nothing),
    rename: base.input(z.object({ model: name, name: name.min(1) })).output(nothing),
    /**
     * What a model that learned from pictures makes of an episode from a row on, null for its newest rows: one at a time for a
     * client.
     */
    strip: base
      .input(z.object({ model: name, episode: z.number().int(), row: z.number().int().min(0).nullable() }))
      .output(FilmStrip),
    /**
     * What the newest plan of an episode foresees, if it was made in the latent states of this model; null while there is none. In turn
     * with strips.
     */
    foreseen: base
      .input(z.object({ model: name, episode: z.number().int() }))
      .output(ForeseenStrip.nullable()),
    /** Where recorded steps lie in its latent space. Ends with who asked. */
    map: base.input(z.object({ model: name })).output(LatentMap),
    /**
     * Writes the ONNX file into the folder "exports" of the workspace and checks it against the app's own predictions on
     * recorded steps. Where else files go is for the command line to say, whose user could write there anyway.
     */
    export: base
      .input(z.object({ model: name }))
      .output(z.object({ file: z.string(), largestDifference: z.number(), steps: z.number() })),
  },
  /** As models; their jobs are among those of models. */
  policies: {
    list: base.output(z.array(PolicySummary)),
    show: base.input(z.object({ policy: name })).output(PolicySummary),
    train: base.input(PolicyTrainInput).output(z.object({ job: z.number() })),
    checkpoints: base.output(z.array(PolicyCheckpointInfo)),
    resume: base.input(z.object({ checkpoint: name.optional() })).output(z.object({ job: z.number() })),
    /** Episodes without exploration in the simulation; kept as the policy's evaluation. */
    evaluate: base.input(PolicyEvaluateInput).output(PolicyEvaluation),
    /** Writes the ONNX file into the folder "exports" of the workspace and checks it against the app's own actions. */
    export: base.input(z.object({ policy: name })).output(PolicyExport),
    rename: base.input(z.object({ policy: name, name: name.min(1) })).output(nothing),
    /** Not listed any more; its file stays. */
    remove: base.input(z.object({ policy: name })).output(nothing),
    /** Brings a removed one back, whatever was changed since. */
    restore: base.input(z.object({ hash: name })).output(nothing),
  },
  task: {
    check: base
      .input(z.object({ rig: place, formula, kind: z.enum(['reward', 'termination']) }))
      .output(FormulaCheck),
  },
  run: {
    start: base.input(RunInput).output(nothing),
    /** Live controls: risk, pessimism, particles, a new reward. Applies from the next plan that is begun after it. */
    adjust: base.input(RunAdjustment).output(nothing),
    /** The rig learns while it moves; `finish` ends it, and what was learned is kept. */
    learn: base.input(LearnInput).output(nothing),
    /** Ends the run after the row in hand; the rig goes to its hold action. */
    finish: base.output(nothing),
  },
};
export type Contract = typeof contract;
