import { type Counts, type DatasetCard, SPLITS } from './dataset';

/** The card as Markdown, for people. */
export function cardText(card: DatasetCard): string {
  const { name, note, by, split, counts, splits, rigs, checksum, remarks } = card;
  const day = (time: number) => new Date(time).toISOString().slice(0, 16).replace('T', ' ');
  const row = (title: string, { episodes, recordings, steps, seconds }: Counts) =>
    `| ${title} | ${episodes} | ${recordings} | ${steps} | ${Number(seconds.toPrecision(4))} |`;
  const lines = [
    `# ${name}`,
    '',
    ...(note.trim() === '' ? [] : [note.trim(), '']),
    `- Made by: ${by ?? 'not said'}`,
    `- Made on: ${day(card.madeAt)} UTC; this card: ${day(card.writtenAt)} UTC, by Foresight ${card.software}`,
    ...(split === null ? [] : [`- This is its split "${split}".`]),
    `- Checksum (SHA-256 over content): \`${checksum}\``,
    '',
    '| part | episodes | recordings | steps | seconds |',
    '| --- | --- | --- | --- | --- |',
    row(split === null ? 'all of it' : `the split ${split}`, counts),
    ...(split === null ? SPLITS.map((one) => row(one, splits[one])) : []),
    '',
    `Split by recording (seed ${card.seed}, about ${card.shares.validation} for validation and ${card.shares.test} for test): nothing that shows rows of one recording lies on two sides.`,
    '',
    ...rigs.flatMap((rig) => [
      `## ${rig.name}`,
      '',
      `${rig.episodes} episodes.`,
      '',
      `- Observations: ${rig.observations.join(', ')}`,
      `- Actions: ${rig.actions.join(', ')}`,
      '',
    ]),
    ...remarks.map((remark) => `> ${remark}`),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}
