import type { ServoFamily } from '../servo-bus/protocol';
import { feetechProtocol } from './protocol';
import { BAUD_CODES, SCS0009, STS3215, STS3250 } from './registers';

/** One motor of the SCS series on a line, and nobody may be asked for what it does not know. */
export const FEETECH: ServoFamily = {
  models: { sts3215: STS3215, sts3250: STS3250, scs0009: SCS0009 },
  baudCodes: BAUD_CODES,
  protocol: (models) => feetechProtocol(models.some(({ byteOrder }) => byteOrder === 'big') ? 'SCS' : 'STS'),
};
