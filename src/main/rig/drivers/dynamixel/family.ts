import type { ServoFamily } from '../servo-bus/protocol';
import { dynamixelProtocol } from './protocol';
import { DYNAMIXEL_MODELS } from './registers';

/** Dynamixel's X series. */
export const DYNAMIXEL: ServoFamily = {
  models: Object.fromEntries(DYNAMIXEL_MODELS.map((model) => [model.name.toLowerCase(), model])),
  protocol: () => dynamixelProtocol,
};
