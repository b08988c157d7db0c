// The README's pictures are taken by the end-to-end tests: `npm run test:e2e && npm run screenshots`.
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './build-if-stale.mjs';

const taken = join(root, 'test-results', 'screenshots');
const images = join(root, 'docs', 'images');
/** Picture in docs/images, and the step of the journey it shows: of several rounds the last, in which the pole stands. */
const PICTURES = {
  rig: 'rig',
  record: 'recorded',
  episodes: 'episode',
  models: 'model-\\d+',
  run: 'run-\\d+',
};

if (!existsSync(taken)) {
  console.error('No screenshots yet. Run "npm run test:e2e" first.');
  process.exit(1);
}
mkdirSync(images, { recursive: true });
for (const [picture, step] of Object.entries(PICTURES)) {
  const file = readdirSync(taken)
    .sort()
    .findLast((name) => new RegExp(`^desktop-\\d+-${step}\\.png$`).test(name));
  if (!file) {
    console.error(`The end-to-end tests took no picture of "${step}".`);
    process.exitCode = 1;
    continue;
  }
  copyFileSync(join(taken, file), join(images, `${picture}.png`));
  console.log(`docs/images/${picture}.png`);
}
