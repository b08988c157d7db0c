import type { ServoFamily } from '../servo-bus/protocol';
import { dynamixelProtocol } from './protocol';
import { BAUD_CODES, DYNAMIXEL_MODELS } from './registers';

/** Dynamixel's X series. */
export const DYNAMIXEL: ServoFamily = {
  models: Object.fromEntries(DYNAMIXEL_MODELS.map((model) => [model.name.toLowerCase(), model])),
  baudCodes: BAUD_CODES,
  protocol: () => dynamixelProtocol,
};
