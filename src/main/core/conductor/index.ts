import type { Camera } from '../../../shared/camera';
import type { Disposable } from '../../../shared/disposable';
import type { EpisodeEvent, EpisodeSummary } from '../../../shared/episode';
import { asForesightError, ForesightError } from '../../../shared/errors';
import { rigChannels } from '../../../shared/rig-channels';
import type {
  AwaitingMessage,
  ControllerSpec,
  EndedMessage,
  PlanMessage,
  TickMessage,
} from '../../control/messages';
import { version } from '../../installation/version';
import type { CameraInfo, EpisodeEnd } from '../../log/types';
import type { EpisodeEyes } from '../cameras/types';
import { EpisodeLedger } from './ledger';
import { showRow } from './show';
import { BEGINNING, type Deed, type EpisodeState, follow, type Happening } from './states';
import { type EndedBy, type EpisodeOrder, type EpisodeOutcome, type RunningEpisode, wasCut } from './types';

export { type EpisodeOrder, type EpisodeOutcome, type RunningEpisode, wasCut } from './types';

/**
 * Conducts one episode: the rig process ticks, this decides rewards and the end, asks for plans, and records.
 * In real time the loop never waits for anything here; in lockstep it waits for every decision.
 * @throws ForesightError the permit's reason when it is void already
 */
export async function conductEpisode(order: EpisodeOrder): Promise<RunningEpisode> {
  const { log, rig, permit } = order;
  permit.throwIfAborted();
  const id = await log.beginEpisode({
    rig: rig.file.name,
    rigFile: rig.file,
    source: order.source,
    ...rigChannels(rig.file),
    run: order.run,
    seed: order.seed,
    software: version,
    cameras: order.cameras ? rig.file.cameras.map(cameraInfo) : [],
  });
  return new Conductor(order, id);
}

type Plan = Omit<PlanMessage, 'type'>;
/** How the deeds that a happening may ask for are done. */
type Doing = Partial<Record<Deed, (endedBy: EndedBy) => void>>;

/** Does what the states (states.ts) say, with the rig process, the log, the planner and the live view. */
class Conductor implements RunningEpisode {
  readonly done: Promise<EpisodeOutcome>;
  #settle: (outcome: Promise<EpisodeOutcome>) => void = () => {};
  #state: EpisodeState = BEGINNING;
  #discarded = false;
  readonly #ledger: EpisodeLedger;
  readonly #cameras: EpisodeEyes | null;
  readonly #subscriptions: Disposable[] = [];

  constructor(
    private readonly order: EpisodeOrder,
    readonly id: number,
  ) {
    this.#ledger = new EpisodeLedger({ ...order, actions: order.rig.file.actions.length });
    const { cameras, rig, seed, session, log } = order;
    this.#cameras =
      cameras?.watch({
        ...{ episode: id, cameras: rig.file.cameras, seed, mode: session.mode, log },
        note: (event) => this.#note([event]),
        onPicture: (camera, step, data) =>
          order.planner?.saw(rig.file.cameras[camera]?.name ?? '', step, data),
      }) ?? null;
    this.done = new Promise((resolve) => {
      this.#settle = resolve;
    });
    order.telemetry.clearSamples();
    const notes = order.notes ?? [];
    if (notes.length > 0) this.#note(notes.map((message) => ({ step: 0, kind: 'note', message })));
    // A stop that came while the log took the episode in: the rig has not been asked for anything yet.
    if (order.permit.aborted) this.#close('asked', asForesightError(order.permit.reason).message);
    else this.#begin();
  }

  finish(): void {
    this.#follow({ kind: 'asked' }, {});
  }

  discard(): void {
    this.#discarded = true;
    this.#follow({ kind: 'asked' }, {});
  }

  #begin(): void {
    const { session, planner, permit, seed, maxSteps } = this.order;
    const onVoid = () => this.finish();
    permit.addEventListener('abort', onVoid);
    this.#subscriptions.push(
      { dispose: () => permit.removeEventListener('abort', onVoid) },
      session.onAwaiting((message) => this.#awaiting(message)),
      session.onTick((tick) => this.#tick(tick)),
      session.onEnded((message) => this.#ended(message)),
    );
    planner?.begin();
    session
      .begin({
        ...{ episode: this.id, controller: this.#controller(), resetSeed: seed, maxSteps },
        ...(this.order.stay && { stay: this.order.stay }),
      })
      .catch((thrown: unknown) => this.#refused(asForesightError(thrown)));
  }

  /** In real time the rig must know from when on it may expect plans. */
  #controller(): ControllerSpec {
    const { controller, planner, session } = this.order;
    if (controller.kind !== 'planned' || !planner || session.mode !== 'realtime') return controller;
    return { ...controller, firstPlannedStep: planner.firstPlannedStep };
  }

  #awaiting({ episode, step, observation, pose }: AwaitingMessage): void {
    if (episode !== this.id) return;
    const { found } = this.#ledger.arrive(step, observation);
    this.#follow(
      { kind: 'awaiting', found },
      {
        step: () => {
          if (this.order.planner?.looks) this.#look(step, pose);
          this.#step(step, observation);
        },
      },
    );
  }

  #tick(tick: TickMessage): void {
    if (tick.episode !== this.id) return;
    const { found } = this.#ledger.arrive(tick.step, tick.observation);
    this.#follow(
      { kind: 'row', last: tick.last, found },
      {
        'write row': () => this.#write(tick, false),
        'write last row': () => this.#write(tick, true),
        'plan ahead': () => this.#planAhead(tick),
      },
    );
  }

  #ended({ episode, reason, message, events, error }: EndedMessage): void {
    if (episode !== this.id) return;
    if (events.length > 0) this.#note(events);
    const failure = error ? ForesightError.fromShape(error) : null;
    this.#follow({ kind: 'ended', reason }, { close: (endedBy) => this.#close(endedBy, message, failure) });
  }

  /** What happened besides rows. */
  #note(events: EpisodeEvent[]): void {
    this.order.log.appendRows(this.id, [], events);
    this.order.telemetry.publish({ kind: 'events', events });
  }

  #refused(error: ForesightError): void {
    this.#follow(
      { kind: 'refused', stopped: error.code === 'stopped' },
      {
        close: (endedBy) => this.#close(endedBy, error.message),
        'give up': () => this.#giveUp(error),
      },
    );
  }

  #failed(thrown: unknown): void {
    this.#follow({ kind: 'failed' }, { 'give up': () => this.#giveUp(asForesightError(thrown)) });
  }

  #follow(happening: Happening, doing: Doing): void {
    const { state, deeds, endedBy = 'asked' } = follow(this.#state, happening, this.order.session.mode);
    this.#state = state;
    for (const deed of deeds) {
      if (deed === 'end') this.order.session.end(this.id);
      else doing[deed]?.(endedBy);
    }
  }

  /** Lockstep: a picture of the moment that is decided in. */
  #look(step: number, pose: number[] | undefined): void {
    const deviceSeconds = step * this.order.rig.file.periodSeconds;
    this.#cameras?.look?.({ step, deviceSeconds, ...(pose && { pose }) });
  }

  /** Lockstep: the rig stands and waits for this step. */
  #step(step: number, observation: number[]): void {
    const { planner, session, beforePlan } = this.order;
    const behind = this.#cameras?.behind;
    if (behind) {
      void behind.then(() => this.#step(step, observation));
      return;
    }
    if (!planner) {
      session.next(this.id);
      return;
    }
    const ready = beforePlan?.() ?? Promise.resolve();
    const seen = planner.looks ? this.#cameras?.asked : undefined;
    Promise.all([ready, seen])
      .then(async () => {
        // What ended while it was waited for is planned for no more: its last row has no action that anything could follow from.
        if (this.#runs) this.#send(await planner.planFor(step, observation, this.id));
      })
      .catch((thrown: unknown) => this.#failed(thrown));
  }

  #planAhead(tick: TickMessage): void {
    const { planner, rig } = this.order;
    // Who decides by pictures waits for those of this step; one that does not come is not waited for a second time.
    const seen = planner?.looks ? this.#cameras?.asked : undefined;
    const ahead = () => planner?.planAhead(tick, this.id, rig.file.actions, (plan) => this.#send(plan));
    (seen ? seen.then(() => (this.#runs ? ahead() : undefined)) : Promise.resolve(ahead())).catch(
      (thrown: unknown) => this.#failed(thrown),
    );
  }

  /** A plan that was under way when the end came moves nothing. */
  #send(plan: Plan): void {
    if (this.#runs) this.order.session.plan(plan);
  }

  get #runs(): boolean {
    return this.#state.name === 'running';
  }

  #write(tick: TickMessage, last: boolean): void {
    const { planner, log, telemetry, maxSteps } = this.order;
    planner?.observed(tick);
    const row = this.#ledger.enter(tick, last, planner?.rememberedOf(tick.planId));
    log.appendRows(this.id, [row], tick.events);
    this.#cameras?.see(tick);
    showRow(telemetry, tick, row, {
      ...{ id: this.id, maxSteps, ledger: this.#ledger },
      kind: planner ? 'running' : 'recording',
    });
    this.order.onStep?.(tick.step, this.#ledger.return);
    const { found } = this.#ledger.arrive(tick.step, tick.observation);
    this.order.onRow?.(row, this.id, { tick, last, found });
  }

  #close(endedBy: EndedBy, reason: string, error: ForesightError | null = null): void {
    const { planMs, latenessMs, success, rows } = this.#ledger;
    const why = error?.message ?? endSentence(endedBy) ?? reason;
    const cut = wasCut({ endedBy }) || rows === 0;
    const state = this.#discarded ? 'discarded' : cut ? 'interrupted' : 'complete';
    this.#leave();
    const written = this.#endInLog({
      state,
      terminated: endedBy === 'termination',
      reason: why,
      // Of an episode that was cut short nobody knows how it would have ended.
      ...(success !== null && isFinding(endedBy) && { outcome: success ? 'success' : 'failure' }),
    });
    this.#settle(
      written.then((summary) => ({
        ...{ summary, endedBy, error, planMs, latenessMs, success },
        successShare: success === null ? null : this.#ledger.successSteps / Math.max(1, rows - 1),
        return: this.#ledger.return,
        reason: why,
      })),
    );
  }

  /** Ours to end: no plan can be had, or the rig would not begin. The rig is brought to hold first. */
  #giveUp(error: ForesightError): void {
    const { session } = this.order;
    const held = session.hold().catch((unconfirmed: unknown) => unconfirmed);
    session.end(this.id);
    this.#leave();
    const written = this.#endInLog({
      state: 'interrupted',
      terminated: false,
      reason: error.message,
    });
    this.#settle(
      written
        .then(() => held)
        .then(() => {
          throw error;
        }),
    );
  }

  /** After the last pictures. */
  async #endInLog(end: EpisodeEnd): Promise<EpisodeSummary> {
    if (this.#cameras) await this.#cameras.close();
    return this.order.log.endEpisode(this.id, end);
  }

  #leave(): void {
    const notes = this.order.lastNotes?.() ?? [];
    const step = Math.max(0, this.#ledger.rows - 1);
    if (notes.length > 0) this.#note(notes.map((message) => ({ step, kind: 'note', message })));
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.order.onOver?.();
  }
}

const cameraInfo = ({ name, width, height, rate }: Camera): CameraInfo => ({ name, width, height, rate });

const isFinding = (endedBy: EndedBy) => endedBy === 'termination' || endedBy === 'step limit';

/** What ended it, where this side decided; null where the rig process has the better sentence. */
function endSentence(endedBy: EndedBy): string | null {
  if (endedBy === 'termination') return 'The task ended it.';
  if (endedBy === 'step limit') return 'It reached its step limit.';
  return null;
}
