import { channelName, plainWords } from '../../../shared/channel-name';
import type { ChannelInfo } from '../../../shared/episode';
import { type AskedFrom, adviceFor } from './advice';
import { wrongImport } from './sentences';
import { type CsvColumn, type CsvImportOptions, gapOf } from './types';

/** What the mapped columns become. @throws ForesightError wrong-use: what is asked cannot be done */
export function checkedChannels(options: CsvImportOptions): {
  observations: ChannelInfo[];
  actions: ChannelInfo[];
} {
  const { mapping, rig, files, periodSeconds, askedFrom } = options;
  const advice = adviceFor(askedFrom);
  const need = (ok: boolean, what: string, next: string) => {
    if (!ok) throw wrongImport(what, next);
  };
  need(files.length > 0, 'No file to import was given.', 'Name one or more CSV files.');
  need(
    /^[a-z0-9][a-z0-9-]*$/.test(rig),
    `"${rig}" cannot be the name of a rig.`,
    'Use lower-case letters, digits and hyphens.',
  );
  need(
    periodSeconds > 0 && periodSeconds <= 10,
    `A period of ${periodSeconds} s is not possible.`,
    'Give seconds, more than 0 and at most 10.',
  );
  const gapSeconds = gapOf(options);
  need(
    gapSeconds > 0 && !Number.isNaN(gapSeconds),
    `A gap of ${gapSeconds} s is not possible.`,
    'Give seconds, more than 0.',
  );
  need(
    (mapping.time === undefined) !== (mapping.sampleRate === undefined),
    mapping.time === undefined
      ? 'Nothing says when the samples were taken.'
      : 'Two things say when the samples were taken.',
    advice.clock,
  );
  need(
    mapping.observations.length > 0,
    'No column is an observation.',
    'Name at least one observation column.',
  );
  need(mapping.actions.length > 0, 'No column is an action.', 'Name at least one action column.');
  const observations = mapping.observations.map((column) => channelOf(column, askedFrom));
  const actions = mapping.actions.map((column) => channelOf(column, askedFrom));
  const names = [...observations, ...actions].map((channel) => channel.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  need(twice === undefined, `Two columns would both be the channel "${twice}".`, advice.otherName);
  for (const { name, angle, unit } of observations) {
    need(
      !angle || unit === 'rad',
      `The angle "${name}" is in ${unit}, not in rad.`,
      'Give its unit as rad or deg.',
    );
  }
  const turning = actions.find((channel) => channel.angle);
  need(
    turning === undefined,
    `The action "${turning?.name}" is marked as an angle.`,
    'Only observations can be angles.',
  );
  return { observations, actions };
}

function channelOf({ column, name, unit, angle }: CsvColumn, askedFrom?: AskedFrom): ChannelInfo {
  const chosen = name ?? plainWords(column);
  if (!channelName.safeParse(chosen).success) {
    throw wrongImport(`"${chosen}" cannot be the name of a channel.`, adviceFor(askedFrom).channelName);
  }
  return { name: chosen, unit, angle: angle === true, limits: null };
}
