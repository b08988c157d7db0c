// The README's pictures are taken by the end-to-end tests: `npm run test:e2e && npm run screenshots`.
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './build-if-stale.mjs';

const taken = join(root, 'test-results', 'screenshots');
const images = join(root, 'docs', 'images');
/** Picture in docs/images, and the step of the journey it shows: of several rounds the last, in which the pole stands. */
const PICTURES = {
  rig: 'desktop-\\d+-rig',
  record: 'desktop-\\d+-recorded',
  episodes: 'desktop-\\d+-episode',
  models: 'desktop-\\d+-model-\\d+',
  run: 'desktop-\\d+-run-\\d+',
  trim: 'edit-\\d+-trim',
  export: 'day-\\d+-export',
  import: 'day-elsewhere-\\d+-import',
  strip: 'sight-\\d+-strip',
  map: 'sight-\\d+-map',
  'live-strip': 'sight-\\d+-live-strip',
};
/** The way of docs/so101.md. */
for (const step of ['found', 'sweep', 'review', 'driven', 'recorded', 'learned', 'reaches'])
  PICTURES[`so101-${step}`] = `so101-\\d+-${step}`;
/** The room Run as it is lived in, at the sizes and in the colours of test/e2e/this-run.test.ts. */
for (const state of ['before', 'during', 'ended', 'lost'])
  for (const width of [1024, 1440, 2560])
    for (const scheme of ['light', 'dark'])
      PICTURES[`run-${state}-${width}-${scheme}`] = `this-run-\\d+-${state}-${width}-${scheme}`;

if (!existsSync(taken)) {
  console.error('No screenshots yet. Run "npm run test:e2e" first.');
  process.exit(1);
}
mkdirSync(images, { recursive: true });
for (const [picture, step] of Object.entries(PICTURES)) {
  const file = readdirSync(taken)
    .sort()
    .findLast((name) => new RegExp(`^${step}\\.png$`).test(name));
  if (!file) {
    console.error(`The end-to-end tests took no picture of "${step}".`);
    process.exitCode = 1;
    continue;
  }
  copyFileSync(join(taken, file), join(images, `${picture}.png`));
  console.log(`docs/images/${picture}.png`);
}
