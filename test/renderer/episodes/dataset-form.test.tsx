import '../window';
import { describe, expect, test } from 'vitest';
import { curvePath } from '../../../src/renderer/episodes/import/Curve';
import { recognised } from '../../../src/renderer/episodes/import/DatasetImport';
import {
  datasetForm,
  datasetInput,
  datasetProblem,
} from '../../../src/renderer/episodes/import/dataset-form';
import { asOne } from '../../../src/renderer/episodes/import/folders';
import type { DatasetLook } from '../../../src/shared/import-dataset';

const column = (name: string, role: 'observation' | 'action' | null) => ({
  ...{ column: `t/${name}`, role, name, unit: 'rad', angle: false, first: [0, 1] },
});
const look: DatasetLook = {
  ...{ format: 'MCAP', rig: 'arm', rate: 50, episodes: 2, rows: 1200 },
  columns: [column('q', 'observation'), column('u', 'action'), column('rest', null)],
  cameras: [],
  remarks: [],
};

describe('a data set', () => {
  test('is said with its format, episodes, rows and rate, as far as they are known', () => {
    expect(recognised(look)).toBe('MCAP: 2 episodes, 1\u2009200 rows, 50.0 rows a second.');
    expect(recognised({ ...look, episodes: null, rows: null, rate: null })).toBe(
      'MCAP: how many episodes is known when it has been read, it does not say its rate.',
    );
  });

  test('says which cameras bring pictures along', () => {
    const cameras = [
      { name: 'side', width: 64, height: 48 },
      { name: 'wrist', width: 32, height: 32 },
    ];
    expect(recognised({ ...look, cameras })).toMatch(
      / With the pictures of side \(64\u00a0×\u00a048\), wrist \(32\u00a0×\u00a032\)\.$/,
    );
  });

  test('is imported as the file has it until somebody changes a column', () => {
    const form = datasetForm(look);
    expect(datasetProblem(form, look)).toBeNull();
    expect(datasetInput('x', form, look)).toEqual({ upload: 'x', rig: 'arm' });
    const [q, ...others] = form.columns;
    if (!q) throw new Error('no column');
    expect(datasetInput('x', { ...form, columns: [{ ...q, unit: 'deg' }, ...others] }, look)).toEqual({
      ...{ upload: 'x', rig: 'arm' },
      channels: {
        observations: [{ column: 't/q', name: 'q', unit: 'deg', angle: false }],
        actions: [{ column: 't/u', name: 'u', unit: 'rad', angle: false }],
      },
    });
  });

  test('needs an observation, an action, a name of its own for each, and its rate where it does not say it', () => {
    const form = datasetForm(look);
    const withRoles = (role: 'left out' | 'action') => ({
      ...form,
      columns: form.columns.map((one) => ({ ...one, role })),
    });
    expect(datasetProblem(withRoles('left out'), look)).toBe('Choose at least one column as observation.');
    expect(datasetProblem({ ...form, rig: 'My arm' }, look)).toMatch(/name of the rig/);
    const same = { ...form, columns: form.columns.map((one) => ({ ...one, name: 'q' })) };
    expect(datasetProblem(same, look)).toBe('Two columns are called "q".');
    const unknown = { ...look, rate: null };
    expect(datasetProblem(form, unknown)).toMatch(/rows a second/);
    expect(datasetInput('x', { ...form, rate: 20 }, unknown)).toMatchObject({ rate: 20 });
  });
});

test('a folder is one run of bytes, without what the system hides in it', async () => {
  const file = (name: string, text: string) => ({ path: name, file: new File([text], name) });
  const folder = asOne('set', [file('meta/info.json', '{}'), file('.DS_Store', 'x'), file('data/a', 'abc')]);
  expect(folder).toMatchObject({
    ...{ name: 'set', size: 5 },
    files: [
      { path: 'meta/info.json', bytes: 2 },
      { path: 'data/a', bytes: 3 },
    ],
  });
  expect(await folder.slice(1, 4).text()).toBe('}ab');
});

test('the first rows are drawn from the least to the greatest, with a gap where nothing is known', () => {
  expect(curvePath([0, null, 1, 2])).toMatch(/^M0\.0 19\.0M64\.0 10\.0L96\.0 1\.0$/);
  expect(curvePath([1, 1, 1])).toMatch(/^M0\.0 10\.0L48\.0 10\.0L96\.0 10\.0$/);
  expect(curvePath([null, 3])).toBe('');
});
