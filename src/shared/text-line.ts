import { z } from 'zod';

/** Where an observation stands in a line of a text device. */
export const TextSource = z.strictObject({
  /** Counted from 0, after the prefix is cut off. */
  column: z.number().int().min(0).max(999),
  /** The channel's value is `scale` · (number in the line) + `offset`. */
  scale: z
    .number()
    .refine((scale) => scale !== 0, 'a number that is not 0')
    .default(1),
  offset: z.number().default(0),
});

/** How an action is written in a line to a text device. */
export const TextTarget = z.strictObject({
  /** The number in the line is `scale` · (the channel's value) + `offset`. */
  scale: z
    .number()
    .refine((scale) => scale !== 0, 'a number that is not 0')
    .default(1),
  offset: z.number().default(0),
  /** Digits after the point. */
  decimals: z.number().int().min(0).max(9).default(3),
});

const line = z.string().max(1000);

/** A device that is spoken to in lines of text: what its lines look like. docs/drivers.md. */
export const TextOptions = z.strictObject({
  /** "auto" asks every USB port; else a port's path or USB serial number. */
  port: z.string().default('auto'),
  baudRate: z.number().int().positive().default(115200),
  /** Between the columns of a line; a space stands for any number of spaces and tabs. */
  delimiter: z.string().min(1).max(8).default(','),
  /** What an observation begins with; other lines are none. */
  prefix: z.string().max(40).default(''),
  /** Lines that begin with one of these are comments. */
  ignore: z.array(z.string().min(1)).max(20).default(['#']),
  /** Lines that begin with one of these tell of a trouble of the device, and bring the rig to hold. */
  errors: z.array(z.string().min(1)).max(20).default([]),
  /** What the device says when it starts: while a rig is connected, that it has lost its power for a moment. */
  restarts: z.array(z.string().min(1)).max(20).default([]),
  /** As many as a whole line has; as many as the channels need, or more, when left out. */
  columns: z.number().int().positive().max(1000).optional(),
  /** A longer one is no line. */
  longestLine: z.number().int().min(8).max(4096).default(256),
  /** At the end of every line, both ways: `*` and two hexadecimal digits, the exclusive or or the sum of the bytes before. */
  checksum: z.enum(['none', 'xor', 'sum']).default('none'),
  /** Of what is sent; what comes may end with any of them. */
  lineEnding: z.enum(['\n', '\r\n', '\r']).default('\n'),
  /** With the name of every action in braces: "F {force}". */
  command: line,
  /** Sent once when the rig is connected, and again when the device has fallen silent. */
  start: z.array(line).max(50).default([]),
  /** Sent when the rig is disconnected. */
  stop: z.array(line).max(50).default([]),
  /** A command with every action's `hold` when left out. */
  hold: z.array(line).min(1).max(50).optional(),
  /** The device's motors cannot be switched off from here when left out. */
  release: z.array(line).min(1).max(50).optional(),
  resume: z.array(line).max(50).default([]),
  reset: z.array(line).max(50).default([]),
  /** How long the way to the start takes. */
  resetSeconds: z.number().min(0).max(600).default(0),
  /** Asks for one observation, every control period; a device without one sends them by itself. */
  query: line.optional(),
  /** Who is there: what is sent, and what a line of the answer begins with. */
  identify: z.strictObject({ send: line, answer: z.string().min(1) }).optional(),
  /** The column in which the device says of itself that it holds, or is released: only then is either known. */
  state: z
    .strictObject({
      column: z.number().int().min(0).max(999),
      hold: z.string().min(1),
      release: z.string().min(1).optional(),
    })
    .optional(),
  /** Folder name or relative path of a `driver: "mujoco"` rig that is the plant of the simulated device. */
  simulation: z.string().optional(),
});
export type TextOptions = z.infer<typeof TextOptions>;

/** What a line may say besides its actions, in braces. */
const OF_THE_RIG = ['periodMs', 'rateHz', 'watchdogMs'];
const OF_A_COMMAND = ['ttlMs'];

export interface TextRig {
  driver: string;
  text?: TextOptions | undefined;
  observations: readonly { text?: z.infer<typeof TextSource> | undefined }[];
  actions: readonly { name: string; text?: z.infer<typeof TextTarget> | undefined }[];
}

interface Problem {
  path: (string | number)[];
  message: string;
}

/** The names in braces of a line. */
export function placeholders(template: string): string[] {
  return [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name ?? '');
}

/** What is wrong with the lines of a text rig, and with the channels that stand in them. */
export function textProblems({ driver, text, observations, actions }: TextRig): Problem[] {
  if (driver !== 'text') return [];
  if (!text) return [{ path: ['text'], message: 'needed for driver "text"' }];
  const names = actions.map(({ name }) => name);
  const unknown = (template: string, known: string[], path: (string | number)[]): Problem[] =>
    placeholders(template)
      .filter((name) => !known.includes(name))
      .map((name) => ({
        path: ['text', ...path],
        message: `only {${known.join('}, {')}} in braces, found {${name}}`,
      }));
  const lists = (['start', 'stop', 'hold', 'release', 'resume', 'reset'] as const).flatMap((list) =>
    (text[list] ?? []).flatMap((template, i) => unknown(template, OF_THE_RIG, [list, i])),
  );
  const commanded = placeholders(text.command);
  const missing = names.filter((name) => !commanded.includes(name));
  const { columns = 1000, state } = text;
  const column = (place: number, path: (string | number)[]): Problem[] =>
    place < columns ? [] : [{ path, message: `a column below ${columns}, found ${place}` }];
  return [
    ...unknown(text.command, [...names, ...OF_THE_RIG, ...OF_A_COMMAND], ['command']),
    ...missing.map((name) => ({
      path: ['text', 'command'],
      message: `{${name}} in it, which is an action`,
    })),
    ...lists,
    ...(text.query === undefined ? [] : unknown(text.query, OF_THE_RIG, ['query'])),
    ...observations.flatMap(({ text: source }, i) =>
      source
        ? column(source.column, ['observations', i, 'text', 'column'])
        : [{ path: ['observations', i, 'text'], message: 'a column for driver "text"' }],
    ),
    ...(state ? column(state.column, ['text', 'state', 'column']) : []),
  ];
}
