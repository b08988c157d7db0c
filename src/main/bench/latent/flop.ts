import type { Eyes } from '../../../shared/eyes';
import type { OptionsOf } from '../../../shared/model-options';
import { decoderLayers } from '../../dynamics/latent/decoder';
import { encoderLayers, GLIMPSES, type Layers, pictureLayers } from '../../dynamics/latent/encoder';
import { drawnOf } from '../../dynamics/latent/fit-eyes';
import { overlappingCentres } from '../../dynamics/latent/patches';
import { drawnAfter, startsIn, WINDOWS } from '../../dynamics/latent/recurrent/bound';
import { filterLayers } from '../../dynamics/latent/recurrent/filter';
import { linesOf, pixelsOf } from '../../dynamics/latent/size';
import { teacherLayers } from '../../dynamics/latent/teacher';
import { squaresOf } from '../../dynamics/latent/things';

/**
 * How 10⁹ operations are counted: of every layer its inputs × units, a multiply-add being two, as often as it is applied: to a picture
 * at every square or, of a convolution, at every place of what it makes, the rim like the middle. Forward once, and backward once for
 * the weights and once for the inputs, of which pictures have none. Everything but the layers (normalisation, activations, moving pixels
 * to and fro, Adam) counts as nothing.
 */
const GIGA_OPERATIONS = 2e-9;

/** Multiply-adds of one row, picture or latent state: forward, and backward. */
export interface Work {
  forward: number;
  backward: number;
}

/** Edge of the squares of "keypoints". */
const SQUARE = 8;
/** Its layer for all of them together; behind it those that look at glimpses. */
const AROUND = 3;

/** Multiply-adds of a picture that is looked at. */
export function encodingWork(shape: Eyes): Work {
  const lines = linesOf(shape);
  const places = placesOf(pictureLayers(shape), pixelsOf(shape), (i, last) => {
    if (shape.encoder === 'glimpses' && i > AROUND) return GLIMPSES;
    if (last || i === AROUND) return 1;
    if (shape.encoder === 'keypoints' || shape.encoder === 'glimpses') {
      return overlappingCentres(lines, shape.size, SQUARE).length;
    }
    return shape.encoder === 'convolutions' ? (lines * shape.size) / 4 ** (i + 1) : null;
  });
  const forward = sum(places);
  return { forward, backward: 2 * forward - (places[0] as number) };
}

/** Multiply-adds of a picture that is drawn. */
export function drawingWork(shape: Eyes): Work {
  const coarse = (linesOf(shape) * shape.size) / 8 ** 2;
  const forward = sum(
    placesOf(decoderLayers(shape), shape.latent, (i) => {
      if (shape.decoder === 'things' && i >= 1) return i === 1 ? 1 : squaresOf(shape);
      return shape.decoder === 'convolutions' && i >= 2 ? coarse * 4 ** (i - 2) : null;
    }),
  );
  return { forward, backward: 2 * forward };
}

/**
 * Multiply-adds of every layer.
 * @param numbers that go into the first
 * @param at how often a layer is applied; null where it is as often as what comes before has room for its inputs
 */
function placesOf(
  layers: Layers,
  numbers: number,
  at: (i: number, last: boolean) => number | null,
): number[] {
  let before = numbers;
  return layers.map(([, inputs, units], i) => {
    const count = at(i, i === layers.length - 1) ?? before / inputs;
    before = count * units;
    return count * inputs * units;
  });
}

/** 10⁹ operations of one learning step of `latent-frame`. */
export function frameGflop(summary: Eyes, options: OptionsOf<'latent-frame'>, actions: number): number {
  const { unroll, stack, encoderWindows } = options;
  const layers = [...encoderLayers(summary), ...teacherLayers(summary, actions, 1)];
  const perWindow =
    (unroll + stack) * both(encodingWork(summary)) +
    drawnOf(unroll) * both(drawingWork(summary)) +
    (unroll + 1) * thrice(layers, 'join/') +
    unroll * (thrice(layers, 'transition/') + thrice(layers, 'outcome/'));
  return GIGA_OPERATIONS * encoderWindows * perWindow;
}

/** 10⁹ operations of one learning step of `latent-recurrent`, both halves of its batch. */
export function recurrentGflop(
  summary: Eyes,
  options: OptionsOf<'latent-recurrent'>,
  actions: number,
): number {
  const { window, unroll } = options;
  const starts = startsIn(options);
  const layers = [...filterLayers(summary), ...teacherLayers(summary, actions, 1)];
  const perWindow =
    window * (both(encodingWork(summary)) + thrice(layers, 'filter/') + thrice(layers, 'join/')) +
    (window + drawnAfter(unroll).length * starts) * both(drawingWork(summary)) +
    unroll * starts * thrice(layers, 'transition/') +
    (window + (unroll - 1) * starts) * thrice(layers, 'outcome/');
  return GIGA_OPERATIONS * 2 * WINDOWS * perWindow;
}

/** 10⁹ operations of so many rows, forward and back. */
export const gflopOf = (work: Work, rows: number): number => GIGA_OPERATIONS * rows * both(work);

const both = ({ forward, backward }: Work): number => forward + backward;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const thrice = (layers: Layers, part: string): number =>
  3 * sum(layers.filter(([name]) => name.startsWith(part)).map(([, inputs, units]) => inputs * units));
