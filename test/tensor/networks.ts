import * as tf from '@tensorflow/tfjs-core';
import type { TensorSpec } from '../../src/main/tensor/index';

type Tensors = Record<string, tf.Tensor>;
type Image = tf.Tensor4D;

export interface Network {
  name: string;
  weights: TensorSpec[];
  data: TensorSpec[];
  /** What it predicts, and the loss that is differentiated by the weights. */
  evaluate(weights: Tensors, data: Tensors): { prediction: tf.Tensor; loss: tf.Scalar };
}

const meanSquare = (prediction: tf.Tensor, target: tf.Tensor): tf.Scalar =>
  tf.mean(tf.squaredDifference(prediction, target));

const of = (tensors: Tensors, name: string): tf.Tensor => tensors[name] as tf.Tensor;
const dense = (x: tf.Tensor, w: Tensors, layer: string): tf.Tensor =>
  tf.add(tf.matMul(x, of(w, `${layer}/kernel`)), of(w, `${layer}/bias`));
const layer = (name: string, kernel: number[]): TensorSpec[] => [
  { name: `${name}/kernel`, shape: kernel },
  { name: `${name}/bias`, shape: [kernel.at(-1) ?? 1] },
];

/** An image squeezed through a few numbers and drawn again: strided convolutions, then transposed ones. */
const autoencoder: Network = {
  name: 'a convolutional encoder with a transposed-convolutional decoder',
  weights: [
    ...layer('down1', [3, 3, 2, 6]),
    ...layer('down2', [4, 4, 6, 16]),
    ...layer('code', [64, 5]),
    ...layer('spread', [5, 64]),
    { name: 'up1/kernel', shape: [4, 4, 6, 16] },
    { name: 'up1/bias', shape: [6] },
    { name: 'up2/kernel', shape: [3, 3, 2, 6] },
    { name: 'up2/bias', shape: [2] },
  ],
  data: [{ name: 'image', shape: [3, 8, 8, 2] }],
  evaluate(w, { image }) {
    const down = (x: tf.Tensor, name: string) =>
      tf.elu(
        tf.add(tf.conv2d(x as Image, of(w, `${name}/kernel`) as Image, 2, 'same'), of(w, `${name}/bias`)),
      );
    const up = (x: tf.Tensor, name: string, shape: [number, number, number, number]) =>
      tf.add(
        tf.conv2dTranspose(x as Image, of(w, `${name}/kernel`) as Image, shape, 2, 'same'),
        of(w, `${name}/bias`),
      );
    const features = down(down(image as tf.Tensor, 'down1'), 'down2');
    const code = tf.tanh(dense(tf.reshape(features, [3, -1]), w, 'code'));
    const canvas = tf.reshape(tf.elu(dense(code, w, 'spread')), [3, 2, 2, 16]);
    const prediction = up(tf.elu(up(canvas, 'up1', [3, 4, 4, 6])), 'up2', [3, 8, 8, 2]);
    return { prediction, loss: meanSquare(prediction, image as tf.Tensor) };
  },
};

/** Depthwise and dilated convolutions, both poolings, and both ways of drawing an image larger. */
const segmenter: Network = {
  name: 'a convolutional network with pooling and resizing',
  weights: [
    ...layer('first', [3, 3, 1, 4]),
    { name: 'depth/kernel', shape: [3, 3, 4, 2] },
    ...layer('wide', [3, 3, 8, 6]),
    ...layer('last', [3, 3, 6, 1]),
  ],
  data: [
    { name: 'image', shape: [2, 8, 8, 1] },
    { name: 'target', shape: [2, 8, 8, 1] },
  ],
  evaluate(w, { image, target }) {
    const conv = (x: tf.Tensor, name: string, dilation: number) =>
      tf.add(
        tf.conv2d(x as Image, of(w, `${name}/kernel`) as Image, 1, 'same', 'NHWC', dilation),
        of(w, `${name}/bias`),
      );
    const halved = tf.maxPool(tf.softplus(conv(image as tf.Tensor, 'first', 1)) as Image, 2, 2, 'same');
    const separate = tf.depthwiseConv2d(halved, of(w, 'depth/kernel') as Image, 1, 'same');
    const wide = tf.tanh(conv(separate, 'wide', 2));
    const quartered = tf.avgPool(wide as Image, 3, 2, 'same');
    const larger = tf.image.resizeNearestNeighbor(quartered, [4, 4]);
    const drawn = tf.image.resizeBilinear(tf.add(larger, wide) as Image, [8, 8], false, true);
    const prediction = conv(drawn, 'last', 1);
    return { prediction, loss: meanSquare(prediction, target as tf.Tensor) };
  },
};

const STEPS = 5;
const [BATCH, INPUTS, UNITS] = [4, 3, 5];
const recurrentData: TensorSpec[] = [
  { name: 'inputs', shape: [STEPS, BATCH, INPUTS] },
  { name: 'targets', shape: [STEPS, BATCH, 2] },
];

/** Runs a cell over the steps and reads every state out. */
function unrolled(
  w: Tensors,
  { inputs, targets }: Tensors,
  cell: (x: tf.Tensor, state: tf.Tensor[]) => tf.Tensor[],
  states: number,
) {
  let state = Array.from({ length: states }, () => tf.zeros([BATCH, UNITS]) as tf.Tensor);
  const outputs = tf.unstack(inputs as tf.Tensor).map((x) => {
    state = cell(x, state);
    return dense(state[0] as tf.Tensor, w, 'readout');
  });
  const prediction = tf.stack(outputs);
  return { prediction, loss: meanSquare(prediction, targets as tf.Tensor) };
}

/** Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000. */
const lstm: Network = {
  name: 'an LSTM cell unrolled over 5 steps',
  weights: [...layer('gates', [INPUTS + UNITS, 4 * UNITS]), ...layer('readout', [UNITS, 2])],
  data: recurrentData,
  evaluate: (w, data) =>
    unrolled(
      w,
      data,
      (x, [output, memory]) => {
        const gates = dense(tf.concat([x, output as tf.Tensor], 1), w, 'gates');
        const [input, candidate, forget, open] = tf.split(gates, 4, 1) as [
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
        ];
        const kept = tf.mul(memory as tf.Tensor, tf.sigmoid(tf.add(forget, 1)));
        const next = tf.add(kept, tf.mul(tf.sigmoid(input), tf.tanh(candidate)));
        return [tf.mul(tf.tanh(next), tf.sigmoid(open)), next];
      },
      2,
    ),
};

/** Cho et al. 2014. */
const gru: Network = {
  name: 'a GRU cell unrolled over 5 steps',
  weights: [
    ...layer('gates', [INPUTS + UNITS, 2 * UNITS]),
    ...layer('candidate', [INPUTS + UNITS, UNITS]),
    ...layer('readout', [UNITS, 2]),
  ],
  data: recurrentData,
  evaluate: (w, data) =>
    unrolled(
      w,
      data,
      (x, [state]) => {
        const old = state as tf.Tensor;
        const gates = tf.sigmoid(dense(tf.concat([x, old], 1), w, 'gates'));
        const [update, reset] = [
          tf.slice(gates, [0, 0], [BATCH, UNITS]),
          tf.slice(gates, [0, UNITS], [BATCH, UNITS]),
        ];
        const candidate = tf.tanh(dense(tf.concat([x, tf.mul(reset, old)], 1), w, 'candidate'));
        return [tf.add(tf.mul(update, old), tf.mul(tf.sub(1, update), candidate))];
      },
      1,
    ),
};

/** Ba, Kiros & Hinton 2016, by moments as one would write it, and the classes' negative log-likelihood. */
const normalised: Network = {
  name: 'a classifier with layer normalisation',
  weights: [
    ...layer('first', [4, 8]),
    { name: 'norm/scale', shape: [8] },
    { name: 'norm/offset', shape: [8] },
    ...layer('second', [8, 8]),
    ...layer('logits', [8, 3]),
  ],
  data: [
    { name: 'inputs', shape: [10, 4] },
    { name: 'classes', shape: [10], dtype: 'int32' },
  ],
  evaluate(w, { inputs, classes }) {
    const hidden = dense(inputs as tf.Tensor, w, 'first');
    const { mean, variance } = tf.moments(hidden, -1, true);
    const normal = tf.mul(tf.sub(hidden, mean), tf.rsqrt(tf.add(variance, 1e-3)));
    const scaled = tf.add(tf.mul(normal, of(w, 'norm/scale')), of(w, 'norm/offset'));
    const second = dense(tf.mul(scaled, tf.sigmoid(scaled)), w, 'second');
    // And once as tfjs's own layers write it, with fixed scale and offset.
    const moments = tf.moments(second, -1, true);
    const again = tf.batchNorm(
      tf.reshape(second, [1, 1, 10, 8]) as Image,
      tf.reshape(tf.tile(moments.mean, [1, 8]), [1, 1, 10, 8]) as Image,
      tf.reshape(tf.tile(moments.variance, [1, 8]), [1, 1, 10, 8]) as Image,
      tf.zeros([1, 1, 10, 8]) as Image,
      tf.ones([1, 1, 10, 8]) as Image,
      1e-3,
    );
    const prediction = tf.logSoftmax(dense(tf.selu(tf.reshape(again, [10, 8])), w, 'logits'));
    const chosen = tf.oneHot(classes as tf.Tensor1D, 3);
    return { prediction, loss: tf.neg(tf.mean(tf.sum(tf.mul(prediction, chosen), -1))) };
  },
};

export const networks: Network[] = [autoencoder, segmenter, lstm, gru, normalised];
