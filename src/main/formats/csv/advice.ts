/** Where an import is asked for: what can be said of a file is called otherwise there. */
export type AskedFrom = 'command line' | 'window';

/** What to do about a file, in the words of options or of fields; each is whole sentences, or a part of one where it says so. */
interface Advice {
  /** Nothing, or two things, say when samples were taken. */
  clock: string;
  /** Two columns would be the same channel. */
  otherName: string;
  /** A channel cannot be called so. */
  channelName: string;
  /** Far too many rows would come of it; a part, after "Choose a longer period". */
  longerPeriod: string;
  decimalSign: string;
  /** Columns that are called by their numbers, and are not. */
  numbers: string;
  /** No line holds numbers in all columns. */
  noNumbers: string;
  /** Numbers where the names should be. */
  noNames: string;
  /** A name that is not in the header. */
  otherColumn: string;
  /** A part, before what is done with the lines. */
  episodeColumn: string;
  counter(bits: number): string;
  /** How a rate that keeps to what was measured is asked for. */
  rate(perSecond: number): string;
  /** How an angle that wraps is marked; a part, after "an angle that wraps is". */
  angle(column: string, unit: string): string;
}

const OPTIONS: Advice = {
  clock:
    'Name the column with the time (--time) or, for a file without one, its samples a second (--sample-rate).',
  otherName: 'Name one of them: name=header:unit.',
  channelName:
    'Give the column a name of lower-case letters, digits and _ that starts with a letter: name=header:unit.',
  longerPeriod: '(--rate)',
  decimalSign: 'Say which it is with --decimal dot or --decimal comma; the other then groups thousands.',
  numbers: 'Number the columns from 1: --time 1 --observation q=2:rad.',
  noNumbers: 'Check the numbers of the columns and what separates them (--delimiter).',
  noNames:
    'Write the names of the columns into the first line, or name columns by their numbers: --time 1 --observation q=2:rad.',
  otherColumn: 'Name one of the columns that are there, or say which line has the names: --header-line.',
  episodeColumn: 'name the column that numbers the episodes',
  counter: (bits) => `A counter of ${bits} bits that ran over is imported with --time-bits ${bits}.`,
  rate: (perSecond) => `--rate ${perSecond} keeps to what was measured.`,
  angle: (column, unit) => `imported as ${column}:${unit}:angle`,
};

/** The dialog takes the columns from the file itself: where they are not there, it has changed. */
const LOOK_AGAIN = 'Choose the file once more, so that its columns are looked at again.';

const FIELDS: Advice = {
  clock:
    'Choose the column that is taken as time or, for a file without one, say its samples a second; not both.',
  otherName: 'Give one of them another name under "Channel".',
  channelName:
    'Under "Channel", give the column a name of lower-case letters, digits and _ that starts with a letter.',
  longerPeriod: '(fewer rows a second)',
  decimalSign: 'Say which it is under "Decimal sign"; the other then groups thousands.',
  numbers: LOOK_AGAIN,
  noNumbers: 'Leave out the columns that do not hold numbers.',
  noNames: LOOK_AGAIN,
  otherColumn: LOOK_AGAIN,
  episodeColumn: 'take the column that numbers the episodes as "episode number"',
  counter: (bits) => `For a counter of ${bits} bits that ran over, choose ${bits} bits under "Time counter".`,
  rate: (perSecond) => `${perSecond} rows a second keep to what was measured.`,
  angle: () => 'marked under "Angle"',
};

export const adviceFor = (from: AskedFrom = 'command line'): Advice => (from === 'window' ? FIELDS : OPTIONS);
