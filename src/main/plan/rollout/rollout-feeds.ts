import type { Random } from '../../../shared/random';
import { stateWidth, targetCount } from '../../dynamics/layout';
import type { TensorData } from '../../tensor';
import { memberOfPlan } from './rollout-member';
import { placesOf, type RolloutShape, shuffles } from './rollout-shape';

/** Inputs of one rollout graph (rollout-graph.ts), kept from call to call, so that planning allocates nothing but the results. */
export class RolloutFeeds {
  readonly #feeds: Record<string, TensorData>;
  readonly #start: Float32Array;
  readonly #actions: Float32Array;
  readonly #noise: Float32Array | undefined;
  /** [horizon, noisy rows, noiseWidth] as it is drawn, where some rows are quiet. */
  readonly #noisy: Float32Array;
  readonly #redraw: Float32Array | undefined;
  /** By place at the first step, and as they are drawn: [functions, targets]. */
  readonly #functions: Float32Array | undefined;
  readonly #drawn: Float32Array;
  readonly #member: Int32Array | undefined;
  /** Row at every place, this step and the step before; rows that only fill come last. */
  readonly #order: Int32Array;
  /** By row: where its candidate's action is among those of a step, −1 of rows that only fill. */
  readonly #begins: Int32Array;
  /** [horizon, candidates, actions] */
  readonly #byStep: Float32Array;
  readonly #placeBefore: Int32Array;
  readonly #moves: Int32Array;
  readonly #places: Int32Array;

  constructor(
    private readonly shape: RolloutShape,
    private readonly members: number,
  ) {
    const { horizon, candidates, particles, layout, groups, rowsPerGroup } = shape;
    const places = placesOf(shape);
    const rows = candidates * particles;
    this.#start = new Float32Array(stateWidth(layout));
    this.#actions = new Float32Array(horizon * places * layout.actions);
    // Row r is the (r ÷ groups)-th of member r mod groups.
    this.#order = Int32Array.from(
      { length: places },
      (_, place) => (place % rowsPerGroup) * groups + Math.floor(place / rowsPerGroup),
    );
    this.#begins = Int32Array.from({ length: places }, (_, row) =>
      row < rows ? Math.floor(row / particles) * layout.actions : -1,
    );
    this.#byStep = new Float32Array(horizon * candidates * layout.actions);
    this.#placeBefore = new Int32Array(shuffles(shape) ? places : 0);
    this.#moves = new Int32Array(shuffles(shape) ? Math.max(0, horizon - 1) * places : 0);
    this.#places = new Int32Array(shuffles(shape) ? horizon * rows : 0);
    this.#feeds = { start: this.#start, actions: this.#actions };
    if (shuffles(shape)) Object.assign(this.#feeds, { moves: this.#moves, places: this.#places });
    if (horizon === 1) delete this.#feeds.moves;
    this.#drawn = new Float32Array(shape.functions * targetCount(layout));
    if (shape.functions > 0) {
      this.#functions = new Float32Array(places * targetCount(layout));
      this.#feeds.functions = this.#functions;
    }
    const { quiet = 0, noiseWidth } = shape;
    const noisy = shape.noise && quiet > 0 ? Math.max(0, rows - quiet) : 0;
    this.#noisy = new Float32Array(horizon * noisy * noiseWidth);
    if (shape.noise) {
      this.#noise = new Float32Array(horizon * places * shape.noiseWidth);
      this.#feeds.noise = this.#noise;
    }
    if (shape.members === 'moment') {
      this.#redraw = new Float32Array(horizon * rows * layout.angles.length);
      this.#feeds.redraw = this.#redraw;
    }
    if (members > groups) {
      this.#member = new Int32Array(1);
      this.#feeds.member = this.#member;
    }
  }

  /** Valid until the next call. */
  fill(start: ArrayLike<number>, actions: Float32Array, random: Random): Record<string, TensorData> {
    this.#start.set(start);
    if (this.#member) this.#member[0] = memberOfPlan(random, this.members);
    this.#turn(actions);
    // Of the stream's seed alone, so that all calls of a plan meet the same functions.
    if (this.#functions) random.fork('functions').fillNormal(this.#drawn);
    if (!shuffles(this.shape)) this.#layFunctions();
    if (shuffles(this.shape)) this.#deal(random);
    else for (let t = 0; t < this.shape.horizon; t++) this.#layStep(t);
    if (this.#noise) this.#drawNoise(this.#noise, random);
    if (this.#redraw) random.fillNormal(this.#redraw);
    return this.#feeds;
  }

  /**
   * The permutation trick for TS1: a random order of the rows, cut into equal blocks, gives every row a random
   * member, and the cost stays that of the rows alone. A fresh order for every step.
   */
  #deal(random: Random): void {
    const { horizon, candidates, particles } = this.shape;
    const [order, before] = [this.#order, this.#placeBefore];
    const [allMoves, allPlaces] = [this.#moves, this.#places];
    const places = order.length;
    const rows = candidates * particles;
    for (let place = 0; place < places; place++) order[place] = place;
    for (let t = 0; t < horizon; t++) {
      for (let place = 0; place < places; place++) before[order[place]] = place;
      shuffle(order, random);
      if (t === 0) this.#layFunctions();
      if (t > 0) {
        const moves = (t - 1) * places;
        for (let place = 0; place < places; place++) {
          allMoves[moves + place] = before[order[place]];
        }
      }
      this.#layStep(t);
      for (let place = 0; place < places; place++) {
        const row = order[place];
        if (row < rows) allPlaces[t * rows + row] = t * places + place;
      }
    }
  }

  /** Step by step instead of candidate by candidate: what is laid together then lies together. */
  #turn(actions: Float32Array): void {
    const { horizon, candidates, layout } = this.shape;
    const width = layout.actions;
    const turned = this.#byStep;
    let from = 0;
    for (let candidate = 0; candidate < candidates; candidate++) {
      for (let t = 0; t < horizon; t++) {
        const to = (t * candidates + candidate) * width;
        for (let a = 0; a < width; a++) turned[to + a] = actions[from++];
      }
    }
  }

  /** The actions of step t, at the places where their rows lie; what a row that only fills does is thrown away. */
  #layStep(t: number): void {
    const { candidates, layout } = this.shape;
    const width = layout.actions;
    const [order, begins, laid] = [this.#order, this.#begins, this.#actions];
    const step = this.#byStep.subarray(t * candidates * width, (t + 1) * candidates * width);
    let to = t * order.length * width;
    for (let place = 0; place < order.length; place++) {
      const begin = begins[order[place]];
      for (let a = 0; a < width; a++) laid[to++] = begin < 0 ? 0 : step[begin + a];
    }
  }

  /** What every row believes, at the place where it lies now; quiet rows the mean. */
  #layFunctions(): void {
    const laid = this.#functions;
    if (!laid) return;
    const { functions, layout, quiet = 0 } = this.shape;
    const width = targetCount(layout);
    this.#order.forEach((row, place) => {
      const from = (row % functions) * width;
      if (row < quiet) laid.fill(0, place * width, (place + 1) * width);
      else laid.set(this.#drawn.subarray(from, from + width), place * width);
    });
  }

  #drawNoise(noise: Float32Array, random: Random): void {
    const { quiet = 0, noiseWidth, horizon, candidates, particles } = this.shape;
    if (quiet === 0) {
      random.fillNormal(noise);
      return;
    }
    // Row by row, so that what the noisy ones meet does not depend on how many are quiet.
    const noisy = Math.max(0, candidates * particles - quiet);
    const drawn = random.fillNormal(this.#noisy);
    const order = this.#order;
    for (let t = 0, to = 0; t < horizon; t++) {
      for (let place = 0; place < order.length; place++) {
        const row = order[place] - quiet;
        const from = (t * noisy + row) * noiseWidth;
        const none = row < 0 || row >= noisy;
        for (let i = 0; i < noiseWidth; i++) noise[to++] = none ? 0 : drawn[from + i];
      }
    }
  }
}

/** Fisher–Yates; what Random.shuffle does, for the one array type that this hot loop has. */
function shuffle(order: Int32Array, random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
}
