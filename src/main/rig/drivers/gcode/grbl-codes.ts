/**
 * What GRBL 1.1 means by its numbers (the tables of its documentation, doc/csv), in words that stand behind a colon.
 */
const ERRORS: Readonly<Record<number, string>> = {
  1: 'a word of the line does not begin with a letter',
  2: 'a number is missing or malformed',
  3: 'it does not know this $ command',
  4: 'a value that must be positive is negative',
  5: 'homing is not enabled ($22)',
  6: 'the step pulse would be shorter than 3 µs',
  7: 'its EEPROM could not be read, so its settings are those of the factory',
  8: 'it does that only while it is idle',
  9: 'it is locked by an alarm or a jog',
  10: 'soft limits need homing ($22)',
  11: 'the line was too long and was not carried out',
  12: 'the setting asks for more steps a second than it can make',
  13: 'its safety door is open',
  14: 'the line is longer than its EEPROM has room for',
  15: 'the place lies outside of the machine ($130 to $132), so it does not go there',
  16: 'a jog without "=", or with G-code that no jog may have',
  17: 'laser mode needs a PWM output',
  20: 'it does not know this G-code',
  21: 'two commands of one modal group in a line',
  22: 'no feed rate is set',
  23: 'the command takes a whole number',
  24: 'two commands of the line use axes',
  25: 'a word stands twice in the line',
  26: 'the command needs an axis',
  27: 'the line number is not valid',
  28: 'a value that the command needs is missing',
  29: 'it has no work coordinates beyond G59',
  30: 'G53 goes with G0 and G1 alone',
  31: 'axes without a command that uses them',
  32: 'an arc needs an axis of its plane',
  33: 'the place is not valid',
  34: 'the radius of the arc is not valid',
  35: 'an arc needs an offset in its plane',
  36: 'words of the line are not used',
  37: 'the tool length offset is not for its axis',
  38: 'the number of the tool is too high',
};

const ALARMS: Readonly<Record<number, string>> = {
  1: 'a limit switch was hit; its position is lost',
  2: 'a move would have left the machine (soft limit); its position is known',
  3: 'it was reset while it moved; its position is lost',
  4: 'the probe was not as expected before probing',
  5: 'the probe has not touched anything',
  6: 'homing was interrupted by a reset',
  7: 'the safety door was opened while homing',
  8: 'homing could not pull off its switch: a wire, or the pull-off distance ($27)',
  9: 'homing has not found its switch: a wire, or the travel ($130 to $132)',
  10: 'homing has found only one of two switches of an axis',
};

/** Alarms after which the machine still knows where it is. */
const POSITION_KNOWN = [2, 4, 5];

export function errorWords(code: number): string {
  return ERRORS[code] ?? `error ${code}, which its documentation does not explain`;
}

export function alarmWords(code: number): string {
  return ALARMS[code] ?? `alarm ${code}, which its documentation does not explain`;
}

export function losesPosition(code: number): boolean {
  return !POSITION_KNOWN.includes(code);
}
