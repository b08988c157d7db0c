import * as tf from '@tensorflow/tfjs-core';
import type { Eyes } from '../../../shared/eyes';
import { DECODERS, ENCODERS } from '../../../shared/latent-options';
import { Random } from '../../../shared/random';
import { decodePictures, decoderLayers } from '../../dynamics/latent/decoder';
import { encodePictures, initialLayers, pictureLayers } from '../../dynamics/latent/encoder';
import { coloursOf } from '../../dynamics/latent/size';
import type { Tensors } from '../../dynamics/mlp';
import { gradientsOf } from '../../dynamics/updates/updates';
import { type Engine, openLanes, type TensorProgram, type TensorSpec } from '../../tensor';
import { drawingWork, encodingWork, gflopOf, type Work } from './flop';

/** An encoder or a decoder by itself, forward and back, half of the pictures in each of two threads as in a training. */
export interface Block {
  /** What `--rows` calls it. */
  id: string;
  name: string;
  part: 'encoder' | 'decoder';
  eyes: Eyes;
}

/** Pictures in each thread: of half a batch of `latent-recurrent` as many are looked at. */
export const PICTURES = 128;

const SIZES = [32, 64] as const;
const EYES: Eyes = {
  ...{
    camera: 'made',
    width: 64,
    height: 64,
    size: 64,
    colour: 'rgb',
    stack: 1,
    motion: 'learned',
    encoder: 'keypoints',
  },
  ...{ decoder: 'squares', latent: 24, ends: false, beside: [], recurrent: null, acts: 0, observations: [] },
};

const blockOf = (part: Block['part'], kind: string, eyes: Partial<Eyes>): Block => {
  const size = eyes.size as number;
  return {
    ...{ id: `${part}-${kind}-${size}-${eyes.colour}`, part, eyes: { ...EYES, ...eyes } },
    name: `${part}, ${kind}, ${size} × ${size} ${eyes.colour}`,
  };
};

/** Every encoder and decoder that is offered, at both sizes, in grey and in colours. */
export const BLOCKS: readonly Block[] = SIZES.flatMap((size) =>
  (['grey', 'rgb'] as const).flatMap((colour) => [
    ...ENCODERS.map((encoder) => blockOf('encoder', encoder, { size, colour, encoder })),
    ...DECODERS.map((decoder) => blockOf('decoder', decoder, { size, colour, decoder })),
  ]),
);

export const workOf = ({ part, eyes }: Block): Work =>
  part === 'encoder' ? encodingWork(eyes) : drawingWork(eyes);

/** A block that can be called. */
export interface OpenBlock {
  gflop: number;
  call(): Promise<unknown> | unknown;
  dispose(): Promise<void>;
}

/**
 * The gradient of the mean square of what the block makes: of an encoder for its weights, of a decoder for the latent states, too.
 * @throws ForesightError engine
 */
export async function openBlock(engine: Engine, block: Block, pictures = PICTURES): Promise<OpenBlock> {
  const { part, eyes } = block;
  const random = new Random(0);
  const weights = initialLayers(part === 'encoder' ? pictureLayers(eyes) : decoderLayers(eyes), random);
  const given: TensorSpec =
    part === 'encoder'
      ? { name: 'pictures', shape: [pictures, eyes.size, eyes.size, coloursOf(eyes)] }
      : { name: 'latent', shape: [pictures, eyes.latent] };
  const specs = [...[...weights].map(([name, { shape }]) => ({ name, shape })), given];
  const changing = specs.map(({ name }) => name).filter((name) => name !== 'pictures');
  const program: TensorProgram = (tensors) => {
    const { gradients } = gradientsOf(changing, tensors, (own) => ({
      loss: tf.mean(tf.square(made(block, own))),
      extra: {},
    }));
    return Object.fromEntries(changing.map((name) => [`gradient/${name}`, gradients[name] as tf.Tensor]));
  };
  const feeds = Object.fromEntries(
    specs.map(({ name, shape }) => [name, weights.get(name)?.values ?? random.fillNormal(shared(shape))]),
  );
  const called = await sideBySide(engine, { name: block.name, program, specs, feeds });
  return { gflop: gflopOf(workOf(block), 2 * pictures), ...called };
}

const made = ({ part, eyes }: Block, tensors: Tensors): tf.Tensor =>
  part === 'encoder'
    ? encodePictures(eyes, tensors, tensors.pictures as tf.Tensor4D)
    : decodePictures(eyes, tensors, tensors.latent as tf.Tensor2D);

interface Twin {
  name: string;
  program: TensorProgram;
  specs: TensorSpec[];
  feeds: Record<string, Float32Array>;
}

/** The same program twice, in two threads beside each other where the engine has programs for that, else one after the other. */
async function sideBySide(
  engine: Engine,
  { name, program, specs, feeds }: Twin,
): Promise<Omit<OpenBlock, 'gflop'>> {
  const written = engine.write?.(program, specs, { name });
  if (written?.kind === 'native') {
    const lane = () => ({
      program: written,
      turns: [
        {
          inputs: written.inputs.map((input) => shared(input.shape, feeds[input.name])),
          outputs: written.outputs.map((output) => shared(output.shape)),
        },
      ],
    });
    const lanes = await openLanes(lane(), lane(), name);
    return { call: () => lanes.run(), dispose: () => lanes.dispose() };
  }
  const compiled = await engine.compile(program, specs, { name, threads: 2 });
  return {
    async call() {
      for (let half = 0; half < 2; half++) await compiled.run(feeds);
    },
    dispose: () => compiled.dispose(),
  };
}

function shared(shape: readonly number[], values?: Float32Array): Float32Array {
  const words = shape.reduce((a, b) => a * b, 1);
  const memory = new Float32Array(new SharedArrayBuffer(words * Float32Array.BYTES_PER_ELEMENT));
  if (values) memory.set(values);
  return memory;
}
