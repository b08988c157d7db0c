import { describe, expect, it } from 'vitest';
import { Episodes } from '../../../src/main/core/episodes';
import { episodeCsv } from '../../../src/main/core/views/episode-csv';
import { episodeJson } from '../../../src/main/core/views/episode-json';
import { logInMemory, longEpisode } from './long-episode';

const ROWS = 20_001;
/** A part is some thousand numbers of one column, however many rows there are. */
const MOST_CHARACTERS = 300_000;

async function partsOf(text: AsyncIterable<string>): Promise<string[]> {
  const parts: string[] = [];
  for await (const part of text) parts.push(part);
  return parts;
}

describe.each([
  ['somebody planned', true],
  ['nobody planned', false],
])('a whole episode that %s', (_, planned) => {
  const { store, log } = logInMemory();
  const id = longEpisode(store, ROWS, planned);

  it('is a JSON document of all its rows, written in parts that do not grow with it', async () => {
    const parts = await partsOf(episodeJson(log, id));
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(MOST_CHARACTERS);
    const document = JSON.parse(parts.join(''));
    const episodes = new Episodes(log);
    for (const from of [0, 8000, 16_384, ROWS - 100]) {
      const { received: _received, ...rows } = await episodes.rows(id, { from, to: from + 100 });
      for (const [name, values] of Object.entries(rows)) {
        const cut = (value: unknown): unknown =>
          Array.isArray(value) && value.length === ROWS
            ? value.slice(from, from + 100)
            : Array.isArray(value)
              ? value.map(cut)
              : Object.fromEntries(Object.entries(value as object).map(([key, part]) => [key, cut(part)]));
        expect(cut(document[name])).toEqual(JSON.parse(JSON.stringify(values)));
      }
    }
    expect(document.summary).toEqual(await log.episode(id));
    expect(document.events).toEqual(await log.events(id));
    expect('insight' in document).toBe(planned);
  });

  it('is a line a row in CSV, with an empty cell for what is not known', async () => {
    const parts = await partsOf(episodeCsv(log, id));
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(4 * MOST_CHARACTERS);
    const [head = '', ...lines] = parts.join('').trimEnd().split('\n');
    expect(head).toBe(
      'step,host_seconds,device_seconds,angle,speed,torque,requested_torque,reward,lateness_seconds,plan_ms,missed',
    );
    expect(lines).toHaveLength(ROWS);
    const columns = await log.columns(id, { from: 12_345, to: 12_346 });
    expect(lines[12_345]?.split(',').slice(0, 6).map(Number)).toEqual([
      ...[12_345, columns.hostSeconds[0], columns.deviceSeconds[0]],
      ...[...columns.observations, columns.actions[0]],
    ]);
    expect(lines.at(-1)?.split(',')[5]).toBe('');
  });
});
