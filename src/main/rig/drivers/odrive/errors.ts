/** What the bits of an ODrive's error registers mean (firmware 0.5, tools/odrive/enums.py), in words that stand behind a colon. */
const WORDS = {
  axis: {
    1: 'it cannot go into the state that was asked for: it is not calibrated',
    64: 'its motor has failed',
    128: 'its sensorless estimator has failed',
    256: 'its encoder has failed',
    512: 'its controller has failed',
    2048: 'its watchdog has stopped it, because it was told nothing for too long',
    4096: 'its lower end switch is pressed',
    8192: 'its upper end switch is pressed',
    16384: 'its stop input is active',
    131072: 'homing without an end switch',
    262144: 'it is too hot',
    524288: 'its position is not known',
  },
  motor: {
    1: 'the resistance of its phases is out of range',
    2: 'the inductance of its phases is out of range',
    8: 'its gate driver reports a fault: a short circuit or the supply',
    16: 'its control loop was late',
    128: 'the supply voltage is too low for what is asked',
    1024: 'its current is more than its sensors measure',
    4096: 'its current is beyond the limit',
    65536: 'its modulation is no number',
    131072: 'the motor is too hot',
    262144: 'the board is too hot',
    524288: 'a timer update was missed',
    1048576: 'its current cannot be measured',
    2097152: 'its current controller has failed',
    4194304: 'the current of the supply is out of range',
    8388608: 'the brake resistor is disarmed',
    16777216: 'the board has stopped as a whole',
  },
  encoder: {
    1: 'the gain of the encoder is unstable',
    2: 'counts and pole pairs do not fit the motion',
    4: 'the encoder does not answer',
    8: 'the mode of the encoder is not supported',
    16: 'the Hall sensors are in a state that cannot be',
    32: 'the index has not been found yet',
    64: 'the SPI encoder is too slow',
    128: 'what the SPI encoder says is damaged',
    256: 'the SPI encoder is not ready',
    512: 'the Hall sensors are not calibrated',
  },
  controller: {
    1: 'it is faster than its limit',
    2: 'its input mode is not valid',
    4: 'its gain is unstable',
    8: 'it mirrors an axis that is not there',
    16: 'its load encoder is not there',
    32: 'its estimates are not valid',
    64: 'its circular range is not valid',
    128: 'it spins out: the encoder slips or is offset',
  },
} as const;

export type ErrorRegister = keyof typeof WORDS;

/** @param bits of a register, which may have more than 32 of them */
export function odriveErrors(register: ErrorRegister, bits: number): string[] {
  const words: Readonly<Record<number, string>> = WORDS[register];
  const found: string[] = [];
  let unknown = 0;
  for (let bit = 1; bit <= bits; bit *= 2) {
    if (Math.floor(bits / bit) % 2 === 0) continue;
    const word = words[bit];
    if (word === undefined) unknown += bit;
    else found.push(word);
  }
  return unknown === 0
    ? found
    : [...found, `${register} error 0x${unknown.toString(16)}, which is not explained here`];
}
